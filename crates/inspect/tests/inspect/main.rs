//! What the program prints, and its exit codes.

mod bounds;
mod damage;
mod explain;
mod har;
mod illustrate;
mod packets;
mod pcap;
mod program;
mod proxy;
mod readme;
mod snapshot;
