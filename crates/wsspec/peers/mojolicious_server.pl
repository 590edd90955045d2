#!/usr/bin/env perl
# An echo server with Mojolicious, the web framework of Perl: mojolicious_server.pl PORT
use Mojolicious::Lite -signatures;

my $port = shift @ARGV;

websocket '/' => sub ($c) {
  $c->tx->max_websocket_size(32 << 20);
  $c->on(text => sub ($c, $bytes) { $c->send({text => $bytes}) });
  $c->on(binary => sub ($c, $bytes) { $c->send({binary => $bytes}) });
};

app->log->level('fatal');
app->start('daemon', '-l', "http://127.0.0.1:$port");
