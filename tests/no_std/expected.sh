# What the programs write. To be sourced.
export LC_ALL=C

accept=$'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n'
# RFC 6455 5.7: an unmasked "Hello".
frame=$'\x81\x05Hello'
# RFC 6455 1.3: the accept key.
server='HTTP/1.1 101 *'$accept$'\r\n'$frame
# RFC 7692 7.2.3.1: the same, compressed. The shell leaves the zero at its end out.
server_deflate='HTTP/1.1 101 *'$accept$'Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n\xC1\x07\xF2H\xCD\xC9\xC9\x07'
# A masked frame of 5 bytes, whose key is of the seed.
client=$'GET /chat HTTP/1.1\r\n*Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n*\r\n\r\n\x81\x85?????????'
connection=$frame
nothing=''

# expect PATTERN COMMAND...: its output is so. Its errors go where they go.
expect() {
    local out
    out=$("${@:2}" | tr -d '\0') || { echo "no_std: ${*:2}: failed" >&2; return 1; }
    # The pattern is one: unquoted.
    # shellcheck disable=SC2053
    if [[ $out != $1 ]]; then
        printf 'no_std: %s: the output is %q\n' "${*:2}" "$out" >&2
        return 1
    fi
}
