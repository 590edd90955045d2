use alloc::string::String;
use core::fmt;

use serde::{Serialize, de::DeserializeOwned};

use super::{EmitError, Socket};
use crate::{Arguments, session::AckToken, value::ValueError};

/// An event that a client sent.
pub struct Event {
    pub(super) socket: Socket,
    pub(super) name: String,
    pub(super) arguments: Arguments,
    pub(super) ack: Option<AckToken>,
}

impl Event {
    /// Returns the name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the arguments, which follow the name.
    #[must_use]
    pub fn arguments(&self) -> &Arguments {
        &self.arguments
    }

    /// Reads the arguments as a type of serde's, see [`Arguments::read`].
    ///
    /// # Errors
    ///
    /// There are too few arguments, or they are of other types.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, ValueError> {
        self.arguments.clone().read()
    }

    /// Returns whether the client asks for an acknowledgement.
    #[must_use]
    pub fn wants_ack(&self) -> bool {
        self.ack.is_some()
    }

    /// Acknowledges the event, with arguments as for [`Arguments::new`]. Does nothing if the client
    /// does not ask for it. An event may be acknowledged late, and in another task.
    ///
    /// # Errors
    ///
    /// The arguments have no form in Socket.IO, or the socket is disconnected.
    pub fn ack<T: Serialize + ?Sized>(self, arguments: &T) -> Result<(), EmitError> {
        match self.ack {
            Some(ack) => self.socket.acknowledge(ack, Arguments::new(arguments)?),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Event {
    // What events carry stays out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("socket", &self.socket)
            .field("name", &self.name)
            .field("arguments", &self.arguments.len())
            .field("wants_ack", &self.wants_ack())
            .finish()
    }
}
