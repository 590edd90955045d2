//! The rules that a mutant breaks, one each.

use std::{cell::RefCell, collections::HashSet, rc::Rc};

use sansocket::Role::{self, Client, Server};

macro_rules! mutations {
    ($($name:ident: $roles:expr, [$($rule:literal),+], $words:literal;)+) => {
        /// One thing that a peer does wrong.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub(crate) enum Mutation {
            $($name,)+
        }

        impl Mutation {
            pub(crate) const ALL: &[Self] = &[$(Self::$name,)+];

            /// The rule that it breaks, and then other places where the RFCs say the same.
            pub(crate) fn rules(self) -> &'static [&'static str] {
                match self {
                    $(Self::$name => &[$($rule,)+],)+
                }
            }

            /// The roles in which a peer can break it.
            pub(crate) fn roles(self) -> &'static [Role] {
                match self {
                    $(Self::$name => $roles,)+
                }
            }

            /// What the mutant does.
            pub(crate) fn words(self) -> &'static str {
                match self {
                    $(Self::$name => $words,)+
                }
            }
        }
    };
}

const BOTH: &[Role] = &[Server, Client];
const SERVER: &[Role] = &[Server];
const CLIENT: &[Role] = &[Client];

mutations! {
    // Masking.
    AcceptsUnmasked: SERVER, ["6455-5.1-2"], "accepts frames that are not masked";
    AcceptsUnmaskedControls: SERVER, ["6455-5.1-2"], "accepts control frames that are not masked";
    AcceptsMasked: CLIENT, ["6455-5.1-4"], "accepts frames that are masked";
    AcceptsMaskedControls: CLIENT, ["6455-5.1-4"], "accepts control frames that are masked";
    Masks: SERVER, ["6455-5.1-3"], "masks its frames";
    DoesNotMask: CLIENT, ["6455-5.1-1", "6455-5.3-1", "6455-6.1-5"], "does not mask its frames";
    DoesNotMaskPongs: CLIENT, ["6455-5.1-1", "6455-5.3-1"], "does not mask its Pongs";
    DoesNotMaskClose: CLIENT, ["6455-5.5.1-4", "6455-5.1-1"], "does not mask its Close frame";
    ReusesItsKey: CLIENT, ["6455-5.3-2", "6455-5.3-4", "6455-10.3-1"], "masks all frames with one key";
    RestartsTheKey: SERVER, ["6455-5.3-5"], "begins with the first byte of the key again in each piece of a data frame that it reads";
    KeepsTheKeyAtPings: SERVER, ["6455-5.3-5", "6455-6.2-6", "6455-5.4-8"], "unmasks a Ping between fragments with the key of the message";
    KeepsTheFirstKey: SERVER, ["6455-5.3-5", "6455-6.2-6"], "unmasks each message with the key of the first";
    KeepsTheKeyAtFragments: SERVER, ["6455-5.3-5", "6455-6.2-6"], "unmasks the last fragment with the key of the first";
    UnmasksWords: SERVER, ["6455-5.3-5", "6455-6.2-6"], "unmasks binary messages in words of 4 bytes, and not the bytes that remain";
    UnmasksWrongly: SERVER, ["6455-5.3-5", "6455-6.2-6"], "gets a bit of the key wrong where a message is ASCII";

    // Headers.
    AcceptsRsv1: BOTH, ["6455-5.2-2", "6455-5.8-1"], "accepts RSV1 without an extension";
    AcceptsRsv2: BOTH, ["6455-5.2-2", "6455-5.8-1"], "accepts RSV2";
    AcceptsRsv3: BOTH, ["6455-5.2-2", "6455-5.8-1"], "accepts RSV3";
    AcceptsRsvOnControls: BOTH, ["6455-5.2-2", "6455-5.8-1"], "accepts reserved bits on control frames";
    AcceptsRsvTogether: BOTH, ["6455-5.2-2", "6455-5.8-1"], "accepts several reserved bits in one frame";
    SendsRsv3: BOTH, ["6455-5.2-1", "7692-6-2", "6455-9.1-4"], "sets RSV3 on its messages";
    SendsReservedControls: BOTH, ["6455-5.2-3", "6455-5.8-1"], "sends a frame with opcode 11 before each message";
    AcceptsReservedData: BOTH, ["6455-5.2-3"], "accepts the opcodes 3 to 7 as binary messages";
    IgnoresReservedData: BOTH, ["6455-5.2-3"], "ignores frames with the opcodes 3 to 7";
    IgnoresReservedControls: BOTH, ["6455-5.2-3"], "ignores frames with the opcodes 11 to 15";
    AcceptsLength16TooLong: BOTH, ["6455-5.2-6"], "accepts a length in 2 bytes that fits in 7 bits";
    AcceptsLength64TooLong: BOTH, ["6455-5.2-6"], "accepts a length in 8 bytes that fits in fewer";
    AcceptsLongFormsInControls: BOTH, ["6455-5.2-6"], "accepts lengths in 2 or 8 bytes in small control frames";
    IgnoresTopBitOfLength: BOTH, ["6455-5.2-7"], "takes a length with its top bit set for one of 16 bits";
    SendsLongLengths: BOTH, ["6455-5.2-6"], "sends lengths in 8 bytes";
    WrongAt126: BOTH, ["6455-5.2-5"], "loses the last byte of a frame of 126 bytes";
    WrongAt1: BOTH, ["6455-5.2-5", "6455-6.2-4"], "loses the byte of a frame of 1 byte";
    WrongAt125: BOTH, ["6455-5.2-5", "6455-6.2-4"], "loses the last byte of a frame of 125 bytes";
    WrongAt127: BOTH, ["6455-5.2-5", "6455-6.2-4"], "loses the last byte of a frame of 127 or 128 bytes";
    WrongAt65535: BOTH, ["6455-5.2-5"], "loses the last byte of a frame of 65535 bytes";
    WrongAt65536: BOTH, ["6455-5.2-5"], "loses the last byte of a frame of 65536 bytes";

    // Fragmentation.
    AcceptsInterleaved: BOTH, ["6455-5.4-7", "6455-5.4-3"], "takes the next message inside a fragmented one for a fragment of it";
    RestartsInside: BOTH, ["6455-5.4-7", "6455-5.4-3"], "forgets a fragmented message when another begins";
    AcceptsStrayContinuation: BOTH, ["6455-5.4-3"], "takes a continuation of nothing for a binary message";
    IgnoresStrayContinuation: BOTH, ["6455-5.4-3"], "ignores a continuation of nothing";
    IgnoresStrayFragment: BOTH, ["6455-5.4-3"], "ignores a fragment without FIN that continues nothing";
    AcceptsFragmentedControls: BOTH, ["6455-5.5-2", "6455-5.4-5"], "accepts control frames without FIN, and ignores their continuations";
    AcceptsLongControls: BOTH, ["6455-5.5-1"], "accepts control frames of more than 125 bytes";
    EndsAtEmptyFragment: BOTH, ["6455-5.4-9", "6455-5.4-3", "6455-6.2-4"], "ends a message at an empty fragment";
    WaitsAfterEmptyFragment: BOTH, ["6455-5.4-9", "6455-5.4-3", "6455-6.2-4"], "does not end a message at an empty fragment with FIN";
    LosesLastFragment: BOTH, ["6455-5.4-3", "6455-5.4-9", "6455-6.2-4", "6455-5.7-1"], "loses the payload of the last fragment";
    DropsEmptyMessages: BOTH, ["6455-5.6-1", "6455-5.6-2", "6455-5.2-5", "6455-6.2-4"], "drops empty messages";
    TakesTypeOfLastFragment: BOTH, ["6455-6.2-3", "6455-5.4-14"], "delivers a text of more than two fragments as binary";
    DeliversTextAsBinary: BOTH, ["6455-6.1-3", "6455-6.2-3", "6455-5.6-1", "6455-5.7-1"], "sends texts as binary messages";
    DeliversBinaryAsText: BOTH, ["6455-6.1-3", "6455-6.2-3"], "sends binary messages as texts";
    BeginsTwice: BOTH, ["6455-5.4-3", "6455-5.4-7"], "begins each message twice, first with an empty fragment";
    SendsPongsWithoutFin: BOTH, ["6455-5.4-5", "6455-5.5-2", "6455-5.5-1"], "clears FIN in its Pongs";
    SendsLongControls: BOTH, ["6455-5.5-1"], "sends a Pong of 126 bytes after that which was asked for";
    LosesFragmentsAtPing: BOTH, ["6455-5.4-8", "6455-5.4-4", "6455-6.2-2"], "loses the fragments before a Ping";
    DelaysPongs: BOTH, ["6455-5.4-8", "6455-5.5.2-3"], "answers a Ping between fragments after the message alone";
    RefusesControlsBetweenFragments: BOTH, ["6455-5.4-8", "6455-5.4-4"], "fails at a Pong between fragments";

    // UTF-8.
    AcceptsOverlong: BOTH, ["6455-8.1-1", "6455-5.6-1"], "accepts overlong forms";
    AcceptsSurrogates: BOTH, ["6455-8.1-1", "6455-5.6-1"], "accepts surrogates";
    AcceptsAboveMaximum: BOTH, ["6455-8.1-1", "6455-5.6-1"], "accepts code points above 10FFFF";
    AcceptsFiveBytes: BOTH, ["6455-8.1-1", "6455-5.6-1"], "accepts forms of 5 and 6 bytes";
    AcceptsLoneContinuation: BOTH, ["6455-8.1-1", "6455-5.6-1"], "accepts continuation bytes without a start";
    AcceptsTruncated: BOTH, ["6455-8.1-1", "6455-5.6-1"], "accepts a text that ends inside a character";
    AcceptsInterrupted: BOTH, ["6455-8.1-1", "6455-5.6-1"], "accepts a character that another one interrupts";
    AcceptsBytesFeAndFf: BOTH, ["6455-8.1-1", "6455-5.6-1"], "accepts the bytes FE and FF";
    RefusesNoncharacters: BOTH, ["6455-5.6-1"], "refuses noncharacters such as U+FFFF";
    RefusesNul: BOTH, ["6455-5.6-1"], "refuses U+0000";
    TakesTextForLatin1: BOTH, ["6455-5.6-1"], "takes texts for Latin 1";
    DropsControlCharacters: BOTH, ["6455-5.6-1"], "drops control characters in texts";
    EndsAtNul: BOTH, ["6455-5.6-2"], "ends a binary message at the first zero byte";
    ResetsAtFragments: BOTH, ["6455-5.6-1", "6455-5.4-1"], "wants whole characters in each fragment";
    ChecksNoFragments: BOTH, ["6455-8.1-1", "6455-5.6-1"], "checks the first fragment of a text alone";
    ChecksNoText: BOTH, ["6455-8.1-1", "6455-5.6-1"], "does not check texts";
    ChecksBinary: BOTH, ["6455-5.6-2"], "wants UTF-8 in binary messages";
    ChecksAtTheEnd: BOTH, ["own-frames-4", "6455-8.1-1"], "checks a text when all of it is there";

    // Pings and Pongs.
    AnswersNoPing: BOTH, ["6455-5.5.2-1"], "answers no Ping";
    AnswersNoEmptyPing: BOTH, ["6455-5.5.2-1", "6455-5.5.2-4"], "answers no Ping without payload";
    AnswersPingsLate: BOTH, ["6455-5.5.2-3", "6455-5.5.2-1"], "answers a Ping after the next message alone";
    AnswersEmpty: BOTH, ["6455-5.5.3-1", "6455-5.7-1", "6455-5.5.2-1"], "answers with Pongs without payload";
    AnswersTruncated: BOTH, ["6455-5.5.3-1"], "answers with the first 124 bytes of a Ping";
    AnswersAsText: BOTH, ["6455-5.5.3-1"], "sends the payload of a Ping back up to the first byte that is not ASCII";
    AnswersWithPings: BOTH, ["6455-5.5.2-1"], "answers Pings with Pings";
    AnswersPongs: BOTH, ["6455-5.5.3-3"], "answers Pongs with Pongs";
    FailsAtPong: BOTH, ["6455-5.5.3-3"], "fails at a Pong that it did not ask for";
    AnswersTheFirstPing: BOTH, ["6455-5.5.3-2", "6455-5.5.3-1"], "answers the first Ping of several alone";

    // Closing.
    FailsNormally: BOTH, ["6455-7.1.7-4", "6455-7.4.1-3", "6455-5.1-5", "7692-6-3"], "closes with 1000 after what breaks a rule";
    FailsWith1006: BOTH, ["6455-7.4.1-1", "6455-7.4.1-3", "6455-7.1.7-4", "6455-5.1-5", "7692-6-3"], "closes with 1006 after what breaks a rule";
    FailsSilently: BOTH, ["6455-7.1.7-4"], "sends no Close frame before it ends the stream";
    FailsWithoutEnd: SERVER, ["6455-7.1.1-4", "6455-7.1.7-1"], "does not end the stream when it fails";
    ProcessesAfterFailure: BOTH, ["6455-7.1.7-6"], "echoes what comes in one piece with what breaks a rule";
    PrefersLaterClose: BOTH, ["6455-7.1.7-6"], "answers the Close frame after what breaks a rule, as if that had not come";
    SaysProtocolErrorForText: BOTH, ["6455-7.4.1-3", "6455-7.1.7-4"], "says 1002 for invalid UTF-8";
    SaysProtocolErrorForSize: BOTH, ["6455-7.4.1-3", "6455-7.1.7-4", "own-frames-2"], "says 1002 for a message that is too big";
    IgnoresClose: BOTH, ["6455-5.5.1-6"], "answers no Close frame, and goes on";
    IgnoresCloseBetweenFragments: BOTH, ["6455-5.4-8", "6455-5.5.1-7", "6455-5.5.1-6"], "answers no Close frame between fragments";
    HoldsClose: BOTH, ["6455-7.1.1-1", "6455-7.1.5-1", "6455-5.5.1-5", "6455-5.5.1-6"], "answers the last Close frame of a piece when it has read all else in it";
    EndsWithoutClose: BOTH, ["6455-5.5.1-6"], "ends the stream without answering a Close frame";
    AnswersOtherCode: BOTH, ["6455-5.5.1-6"], "answers a Close frame with 1001";
    AnswersEmptyCloseWith1005: BOTH, ["6455-7.4.1-1", "6455-7.1.5-2"], "answers a Close frame without a code with 1005";
    StaysAfterClose: SERVER, ["6455-5.5.1-9", "6455-5.5.1-10", "6455-7.1.1-4", "6455-7.1.2-2"], "does not end the stream after the closing handshake";
    NeverEnds: CLIENT, ["6455-5.5.1-9", "6455-7.1.2-2"], "never ends its side of the stream after the closing handshake";
    EndsAtOnce: CLIENT, ["6455-7.1.1-5", "6455-5.5.1-11"], "ends the stream before the server does";
    SendsAfterClose: BOTH, ["6455-5.5.1-5", "6455-5.1-6"], "sends a Ping after its Close frame";
    EchoesAfterClose: BOTH, ["6455-5.5.1-5", "6455-5.1-6", "6455-6.1-1"], "echoes messages that come in one piece with a Close frame";
    AnswersPingsAfterClose: BOTH, ["6455-5.5.2-1", "6455-5.5.1-5"], "answers Pings that come in one piece with a Close frame";
    AnswersTwice: BOTH, ["6455-5.5.1-6", "6455-5.5.1-5"], "answers a Close frame twice";
    StaysAfterEnd: BOTH, ["6455-7.2.1-1", "6455-7.1.7-1"], "does not end the stream when the peer does so without a Close frame";
    AcceptsOneByteClose: BOTH, ["6455-5.5.1-1"], "answers a Close frame of one byte with 1000";
    AcceptsInvalidReason: BOTH, ["6455-5.5.1-2", "6455-8.1-1"], "accepts a reason that is not UTF-8";
    AcceptsReservedCodes: BOTH, ["6455-7.4.1-1"], "accepts 1004, 1005, 1006 and 1015 in a Close frame";
    AcceptsLowCodes: BOTH, ["6455-7.4.2-1"], "accepts codes below 1000";
    AcceptsUndefinedCodes: BOTH, ["6455-7.4.2-1", "own-control-3"], "accepts codes up to 2999 that nothing defines";
    IgnoresHighCodes: BOTH, ["6455-5.5.1-6", "6455-7.1.3-1"], "ignores Close frames with codes from 5000";
    RefusesPrivateCodes: BOTH, ["6455-7.4.2-1"], "refuses codes from 3000";
    RefusesRegisteredCodes: BOTH, ["6455-7.4.2-1", "own-control-3"], "refuses 1012 to 1014";
    RefusesDefinedCodes: BOTH, ["6455-7.4.2-1", "6455-7.4.1-2"], "refuses 1007 to 1011";
    RefusesFirstCodes: BOTH, ["6455-7.4.2-1", "6455-7.4.1-2", "6455-5.5.1-6"], "refuses 1000 to 1003";
    EndsAtProtocolError: BOTH, ["6455-5.5.1-6", "6455-7.4.2-1"], "ends the stream without answering a Close frame with 1002";
    WaitsAfterClose: BOTH, ["6455-5.5.1-6", "6455-5.5.1-9"], "answers a Close frame only when it has read the frame that follows in one piece to its end";
    RefusesReasons: BOTH, ["6455-5.5.1-6", "6455-5.5.1-1"], "refuses a Close frame with a reason";
    RefusesEmptyClose: BOTH, ["6455-5.5.1-1"], "refuses a Close frame without payload";
    SendsInvalidReason: BOTH, ["6455-5.5.1-2"], "cuts a reason inside a character in its answer";

    // Limits.
    HasNoLimit: BOTH, ["6455-10.4-1", "6455-10.4-2", "own-frames-2", "own-limits-2", "own-frames-3"], "has no limit for messages";
    HasSmallLimit: BOTH, ["6455-5.2-5", "6455-6.2-4"], "refuses messages of more than 32 KiB";
    CutsLongMessages: BOTH, ["6455-10.4-1"], "cuts messages after 512 KiB";
    MakesRoomForClaims: BOTH, ["own-frames-3"], "makes room for what a frame claims, and says nothing more if that is over 1 GiB";
    StallsAtFragments: BOTH, ["own-limits-3"], "says nothing more after 1,000 fragments of a message";
    LosesLaterFragments: BOTH, ["own-limits-3"], "loses what a message has after 1,000 fragments";
    StallsAtControlsInside: BOTH, ["own-limits-4"], "says nothing more after 500 control frames inside of a message";
    StallsAtControls: BOTH, ["own-control-1"], "says nothing more after 1,500 control frames";
    LosesMessagesTogether: BOTH, ["6455-6.2-5", "6455-5.4-1"], "loses a message that comes in one piece with the one before";
    LosesThirdMessage: BOTH, ["6455-6.2-5", "6455-6.2-4"], "loses the third message";
    SpoilsLongPieces: BOTH, ["6455-6.2-1", "6455-6.2-4"], "gets the first byte wrong of a long piece that continues a payload";
    WaitsForOneRead: BOTH, ["6455-5.4-1", "6455-6.2-1", "6455-5.2-4"], "fails if a header comes in pieces";

    // The request, read by a server.
    AcceptsNoHost: SERVER, ["6455-4.2.1-3", "own-server-3"], "accepts a request without Host";
    AcceptsTwoHosts: SERVER, ["own-server-3", "6455-4.2.1-3"], "accepts two Host headers";
    AcceptsNoUpgrade: SERVER, ["6455-4.2.1-4"], "accepts a request without Upgrade";
    AcceptsOtherUpgrade: SERVER, ["6455-4.2.1-4"], "accepts an Upgrade to another protocol";
    AcceptsPartOfUpgrade: SERVER, ["6455-4.2.1-4", "own-server-1"], "accepts an Upgrade in which websocket is a part of a token";
    ComparesUpgradeWithCase: SERVER, ["6455-4.2.1-4"], "compares Upgrade with its case";
    AcceptsNoConnection: SERVER, ["6455-4.2.1-5"], "accepts a request without Connection";
    AcceptsOtherConnection: SERVER, ["6455-4.2.1-5"], "accepts a Connection without Upgrade";
    AcceptsPartOfConnection: SERVER, ["6455-4.2.1-5", "own-server-1"], "accepts a Connection in which Upgrade is a part of a token";
    ComparesConnectionWithCase: SERVER, ["6455-4.2.1-5"], "compares Connection with its case";
    TakesTheFirstToken: SERVER, ["6455-4.2.1-5", "6455-4.2.1-4", "own-server-1"], "takes the first token of Connection and Upgrade alone";
    TakesTheFirstLine: SERVER, ["own-server-22", "own-server-1", "6455-4.2.1-5", "6455-4.2.1-4"], "takes the first line of Connection and Upgrade alone";
    WantsOneProtocol: SERVER, ["6455-4.2.1-4", "own-server-1"], "wants nothing but websocket in Upgrade";
    WantsOneToken: SERVER, ["6455-4.2.1-5", "own-server-1"], "wants nothing but Upgrade in Connection";
    AcceptsNoKey: SERVER, ["6455-4.2.1-6"], "accepts a request without a key";
    AcceptsAnyKey: SERVER, ["6455-4.2.1-6"], "accepts keys of other lengths";
    AcceptsKeyThatIsNotBase64: SERVER, ["6455-4.2.1-6", "own-server-2"], "accepts keys that are not base64";
    AcceptsTwoKeys: SERVER, ["6455-11.3.1-1", "own-server-2"], "accepts two keys";
    AcceptsNoVersion: SERVER, ["6455-4.2.1-7"], "accepts a request without a version";
    AcceptsOtherVersions: SERVER, ["6455-4.2.1-7", "6455-4.2.2-5"], "accepts other versions";
    AcceptsUncanonicalVersion: SERVER, ["6455-4.3-2", "6455-4.2.1-7"], "accepts 13 in other forms, as 013 or +13";
    AcceptsTwoVersions: SERVER, ["6455-11.3.5-1", "6455-4.2.1-7"], "accepts two versions";
    NamesNoVersion: SERVER, ["6455-4.2.2-5", "6455-4.4-1", "own-server-7"], "refuses a version without its own";
    AcceptsOtherMethods: SERVER, ["6455-4.2.1-1", "own-server-4"], "accepts methods other than GET";
    ComparesMethodWithoutCase: SERVER, ["6455-4.2.1-1"], "compares the method without case";
    AcceptsHttp10: SERVER, ["6455-4.2.1-1", "own-server-5"], "accepts HTTP/1.0";
    AcceptsAnyFirstLine: SERVER, ["6455-4.2.1-12", "6455-4.2.1-1", "own-server-11", "6455-4.2.1-2", "6455-3-4"], "takes any first line for a GET";
    AcceptsPlainRequests: SERVER, ["6455-4.2.1-4", "6455-4.2.1-5", "6455-4.2.1-12"], "opens a connection for a request without Upgrade and Connection";
    AcceptsAnyTarget: SERVER, ["6455-4.2.1-2", "6455-3-4"], "accepts any target";
    RefusesAbsoluteTarget: SERVER, ["6455-4.2.1-2"], "refuses an absolute URI";
    RefusesQueries: SERVER, ["6455-4.2.1-2"], "refuses a target with a query";
    RefusesUnknownHeaders: BOTH, ["6455-4.2.1-11", "6455-4.1-31"], "refuses headers that it does not know";
    WantsHostFirst: SERVER, ["6455-4.2.1-11"], "wants Host to be the first header";
    WantsOneSpace: BOTH, ["6455-4.2.1-11", "6455-4.1-31", "6455-4.1-26"], "wants one space after each colon";
    HasFewHeaders: BOTH, ["6455-4.2.1-11", "6455-4.1-31"], "refuses a head of more than 20 headers";
    HasShortLines: BOTH, ["6455-4.2.1-11", "6455-4.1-31"], "refuses a header of more than 1 KiB";
    RefusesOtherBytes: BOTH, ["6455-4.2.1-11", "6455-4.1-31", "6455-4.1-23"], "refuses bytes outside of ASCII in heads";
    IgnoresGarbage: BOTH, ["6455-4.2.1-12", "6455-4.1-29"], "waits for ever after a first byte that is no letter";
    RefusesUnknownOffers: SERVER, ["6455-4.2.2-9", "6455-4.2.1-10", "6455-9-1", "7692-5.1-1"], "refuses a request with an extension that it does not know";
    WantsOneExtensionHeader: SERVER, ["6455-11.3.2-1", "6455-9.1-2"], "refuses Sec-WebSocket-Extensions in two headers";
    ComparesNamesWithCase: BOTH, ["6455-4.1-30"], "compares the names of headers with their case";
    AcceptsBody: SERVER, ["own-server-17", "6455-4.2.1-12"], "accepts a request with a body";
    AcceptsBareLf: BOTH, ["own-server-18", "own-client-7", "6455-4.2.1-12", "6455-4.1-29"], "accepts lines that end with LF";
    AcceptsFoldedLines: SERVER, ["own-server-18", "6455-4.2.1-12"], "accepts folded lines";
    AcceptsSpaceBeforeColon: BOTH, ["own-server-18", "own-client-7", "6455-4.2.1-12", "6455-4.1-29"], "accepts whitespace before the colon";
    DropsControlBytes: BOTH, ["6455-4.2.1-12", "own-server-18", "own-client-7", "6455-4.1-29"], "ignores control bytes in heads";
    AcceptsBareCr: BOTH, ["6455-4.2.1-12", "own-server-18", "own-client-7", "6455-4.1-29"], "accepts lines that end with CR";
    AcceptsAnyName: BOTH, ["6455-4.2.1-12", "own-server-18", "own-client-7", "6455-4.1-29"], "accepts names of headers that are no tokens";
    AcceptsLinesWithoutColon: BOTH, ["own-server-11", "6455-4.2.1-12", "own-client-7", "6455-4.1-29"], "accepts lines without a colon";
    HasNoLimitOfHeads: BOTH, ["own-limits-1", "own-server-8", "own-server-15"], "has no limit for a head";
    WaitsForEver: BOTH, ["own-limits-6", "own-server-12", "own-server-24"], "waits for a head without end";
    LosesFramesAfterHead: BOTH, ["own-server-19", "own-client-4"], "loses frames that come together with the head";
    WantsHeadAtOnce: BOTH, ["own-server-16", "own-server-24", "6455-4.2.1-12", "6455-4.1-31"], "fails if a head comes in pieces";
    AcceptsInvalidSubprotocol: SERVER, ["6455-4.3-1"], "accepts offers of subprotocols that are no tokens";
    AcceptsInvalidExtensions: BOTH, ["6455-9.1-1"], "ignores Sec-WebSocket-Extensions that break the grammar";
    RefusesSilently: SERVER, ["6455-10.7-3", "6455-4.2.1-12"], "ends the stream in place of a 400";

    // The response of a server.
    SendsWrongAccept: SERVER, ["6455-4.2.2-11"], "sends an accept value for another key";
    SendsLowerCaseAccept: SERVER, ["6455-4.2.2-11"], "sends the accept value in lower case";
    SendsNoAccept: SERVER, ["6455-4.2.2-11"], "sends no accept value";
    SendsTwoAccepts: SERVER, ["6455-11.3.3-1"], "sends the accept value twice";
    SendsNoUpgrade: SERVER, ["6455-4.2.2-10"], "sends no Upgrade";
    SendsNoConnection: SERVER, ["6455-4.2.2-10"], "sends no Connection";
    SendsHttp10Response: SERVER, ["6455-4.2.2-10"], "opens with HTTP/1.0 in its first line";
    SendsContentLength: SERVER, ["6455-4.2.2-10"], "opens with a Content-Length";
    SendsTransferEncoding: SERVER, ["6455-4.2.2-10"], "opens with a Transfer-Encoding";
    EchoesSubprotocols: SERVER, ["6455-4.2.2-7", "6455-4.2.2-8", "6455-11.3.4-2"], "answers with the subprotocols that are offered";
    SendsUnaskedSubprotocol: SERVER, ["6455-4.2.2-7", "6455-4.2.2-8"], "answers with a subprotocol unasked";
    SendsEmptySubprotocol: SERVER, ["6455-4.2.2-8"], "answers with an empty subprotocol";
    SendsSubprotocolInLowerCase: SERVER, ["6455-4.2.2-7"], "answers with the subprotocol in lower case";
    EchoesExtensions: SERVER, ["6455-4.2.2-9", "6455-9-1", "6455-9.1-3"], "agrees on extensions that it does not know";
    SendsUnaskedExtension: SERVER, ["6455-4.2.2-9", "6455-9-1"], "agrees on compression unasked";

    // The request of a client.
    SendsKeyOf15Bytes: CLIENT, ["6455-4.1-15"], "sends a key of 15 bytes";
    SendsNoHost: CLIENT, ["6455-4.1-12"], "sends no Host";
    SendsVersion12: CLIENT, ["6455-4.1-18"], "asks for version 12";
    AsksForNoUpgrade: CLIENT, ["6455-4.1-13"], "sends no Upgrade";
    AsksWithoutConnection: CLIENT, ["6455-4.1-14"], "sends no Connection";
    SendsPost: CLIENT, ["6455-4.1-10", "6455-4.1-11"], "sends a POST";
    SendsHttp10: CLIENT, ["6455-4.1-10"], "sends a request of HTTP/1.0";
    SendsFragment: CLIENT, ["6455-3-4", "6455-4.1-11"], "sends the fragment of its URL";
    SendsTwoKeys: CLIENT, ["6455-11.3.1-1"], "sends its key twice";
    SendsTwoVersions: CLIENT, ["6455-11.3.5-1"], "sends its version twice";
    AsksWithAccept: CLIENT, ["6455-4.1-10"], "sends a Sec-WebSocket-Accept";
    AsksWithContentLength: CLIENT, ["6455-4.1-10"], "sends a Content-Length";
    AsksWithTransferEncoding: CLIENT, ["6455-4.1-10"], "sends a Transfer-Encoding";
    OffersSubprotocolTwice: CLIENT, ["6455-4.1-19"], "offers a subprotocol twice";
    OffersInvalidWindow: CLIENT, ["7692-7.1.2-1", "6455-9-2"], "offers a window of 16 bits";
    SendsEarly: CLIENT, ["6455-4.1-22", "6455-6.1-1", "6455-5.1-6"], "sends a Ping before the response has come";

    // The response, read by a client.
    AcceptsWrongAccept: CLIENT, ["6455-4.1-26"], "accepts a wrong accept value";
    AcceptsMissingAccept: CLIENT, ["6455-4.1-26"], "accepts a response without an accept value";
    ComparesAcceptWithoutCase: CLIENT, ["6455-4.1-26"], "compares the accept value without case";
    AcceptsTwoAccepts: CLIENT, ["6455-11.3.3-1"], "accepts two accept values";
    TakesLastAccept: CLIENT, ["6455-11.3.3-1", "6455-4.1-26"], "takes the last of two accept values";
    AcceptsAnyStatusText: CLIENT, ["6455-4.1-29"], "takes a status that is no number of three digits for 101";
    AcceptsAnyProtocol: CLIENT, ["6455-4.1-29"], "accepts a status line without the version of HTTP";
    AcceptsVersionAndStatusInOne: CLIENT, ["6455-4.1-29"], "accepts a status line without a space after the version";
    AcceptsRequests: CLIENT, ["6455-4.1-29"], "takes the headers of a request for those of a response";
    AcceptsGarbage: CLIENT, ["6455-4.1-29"], "opens the connection at bytes that are no response";
    WaitsAfterCutResponse: CLIENT, ["6455-7.2.1-3"], "waits for the rest of a response though the stream has ended";
    ReadsWholeBodies: CLIENT, ["own-client-6"], "reads the body of a refusal to its end, whatever its length";
    WantsUsualReason: CLIENT, ["6455-4.1-23"], "wants the reason phrase to be Switching Protocols";
    WantsUpgradeBeforeAccept: CLIENT, ["6455-4.1-31"], "wants Upgrade before Sec-WebSocket-Accept";
    WantsUpgradeAlone: CLIENT, ["6455-4.1-25"], "wants nothing but Upgrade in the Connection of a response";
    AcceptsTwoSubprotocols: CLIENT, ["6455-11.3.4-2", "6455-4.1-28"], "accepts a response with two subprotocols";
    AcceptsStatus200: CLIENT, ["6455-4.1-23"], "accepts any status of 2xx";
    AcceptsAnyStatus: CLIENT, ["6455-4.1-23"], "accepts any status but 2xx";
    AcceptsResponseWithoutUpgrade: CLIENT, ["6455-4.1-24"], "accepts a response without Upgrade";
    AcceptsResponseWithOtherUpgrade: CLIENT, ["6455-4.1-24"], "accepts a response with another Upgrade";
    AcceptsResponseWithoutConnection: CLIENT, ["6455-4.1-25"], "accepts a response without Connection";
    AcceptsResponseWithOtherConnection: CLIENT, ["6455-4.1-25"], "accepts a response with another Connection";
    ComparesResponseWithCase: CLIENT, ["6455-4.1-24", "6455-4.1-25"], "compares Upgrade and Connection with their case";
    AcceptsUnaskedExtension: CLIENT, ["6455-4.1-27", "6455-9.1-3", "7692-5.1-2"], "accepts an extension that it did not offer";
    AcceptsUnaskedSubprotocol: CLIENT, ["6455-4.1-28"], "accepts a subprotocol that it did not offer";
    AcceptsOldResponse: CLIENT, ["6455-4.1-29", "6455-4.2.2-10"], "accepts a response of HTTP/1.0";
    FailsAtInterimResponse: CLIENT, ["own-client-1", "6455-4.1-23"], "fails at a response of 1xx";
    StaysAfterBadResponse: CLIENT, ["6455-7.2.1-3", "6455-7.1.7-1"], "does not close the connection after a bad response";

    // permessage-deflate.
    AcceptsRsv1OnContinuation: BOTH, ["7692-6-3"], "accepts RSV1 on a continuation";
    AcceptsRsv1OnControls: BOTH, ["7692-6-3"], "accepts RSV1 on a control frame";
    AcceptsRsv2WithDeflate: BOTH, ["6455-5.2-2"], "accepts RSV2 and RSV3 with compression";
    SendsRsv1OnPongs: BOTH, ["7692-6-2"], "sets RSV1 on Pongs";
    SendsRsv1OnFragments: BOTH, ["7692-6-2"], "sends two fragments, and sets RSV1 on both";
    DoesNotInflate: BOTH, ["7692-6.2-1", "7692-7.2.2-1"], "delivers compressed messages as they are";
    InflatesEverything: BOTH, ["7692-6.2-1", "7692-6.1-1"], "inflates messages that are not compressed";
    InflatesEachFragment: BOTH, ["7692-6.2-2"], "inflates each fragment by itself";
    ForgetsItsWindow: BOTH, ["7692-7.2.2-2"], "forgets the window that it agreed to keep";
    ForgetsWindowAtPlain: BOTH, ["7692-7.2.2-2"], "forgets its window at a message that is not compressed";
    SendsFarReferences: SERVER, ["7692-7.1.2.1-3"], "ignores server_max_window_bits when it compresses";
    SendsFarReferencesAsClient: CLIENT, ["7692-7.1.2.2-5"], "ignores client_max_window_bits when it compresses";
    IgnoresNoContextTakeover: SERVER, ["7692-7.1.1.1-4", "7692-7.2.1-3"], "ignores server_no_context_takeover when it compresses";
    IgnoresClientNoContextTakeover: CLIENT, ["7692-7.1.1.2-4", "7692-7.2.1-3"], "ignores client_no_context_takeover when it compresses";
    HasSmallWindow: BOTH, ["7692-7.2.2-2"], "keeps 4 KiB of a window that was agreed to be larger";
    InflatesPieces: BOTH, ["7692-6.2-1", "7692-7.2.2-1"], "inflates each piece of a payload that it reads by itself";
    LosesItsInflater: BOTH, ["7692-7.2.1-3", "7692-7.2.2-1"], "inflates only the first message of a peer that takes no context over";
    TakesInflatedTextForLatin1: BOTH, ["7692-6-5", "6455-5.6-1"], "takes compressed texts for Latin 1";
    ChecksInflatedBinary: BOTH, ["7692-6-6", "6455-5.6-2"], "wants UTF-8 in compressed binary messages";
    StallsAtEmptyBlocks: BOTH, ["7692-8-1"], "says nothing more after thousands of blocks that inflate to nothing";
    FailsAtFinalBlock: BOTH, ["7692-7.2.2-3"], "fails at a block that is marked as the last";
    FailsAtStoredBlock: BOTH, ["7692-7.2.2-3"], "fails at a stored block";
    FailsAtFixedBlock: BOTH, ["7692-7.2.2-3"], "fails at a block with fixed codes";
    FailsAtEmptyCompressed: BOTH, ["7692-7.2.1-2", "7692-7.2.2-1"], "fails at an empty message that is compressed";
    SendsTail: BOTH, ["7692-7.2.1-1"], "sends the four bytes at the end of what it compresses";
    AcceptsInvalidData: BOTH, ["7692-7.2.2-4"], "delivers what could be inflated of invalid data";
    ChecksNoInflatedText: BOTH, ["7692-6-5"], "does not check the UTF-8 of compressed texts";
    CutsWhatInflates: BOTH, ["7692-8-1", "own-limits-2"], "cuts what it inflates at its limit";
    AcceptsDuplicateParameters: SERVER, ["7692-7.1-1"], "accepts parameters that come twice";
    AcceptsUnknownParameters: SERVER, ["7692-7.1-1"], "accepts unknown parameters";
    AcceptsWindowOf7Bits: SERVER, ["7692-7.1-1", "7692-7.1.2-1"], "accepts a window of 7 bits";
    AcceptsWindowOf16Bits: SERVER, ["7692-7.1-1", "7692-7.1.2-1"], "accepts a window of 16 bits";
    AcceptsLeadingZero: SERVER, ["7692-7.1.2-1", "7692-7.1-1"], "accepts a window with a leading zero";
    AcceptsServerWindowWithoutValue: SERVER, ["7692-7.1-1", "7692-7.1.2-1", "7692-7.1.2.1-1"], "accepts server_max_window_bits without a value";
    AcceptsTakeoverWithValue: BOTH, ["7692-7.1.1.1-1", "7692-7.1.1.2-1", "7692-7.1-1", "7692-7.1-2"], "accepts a value for the parameters that have none";
    RefusesQuotedValues: BOTH, ["7692-7.1-3", "6455-4.3-3"], "fails at a value in quotes";
    AnswersLargerWindow: SERVER, ["7692-7.1.2.1-1"], "does not answer server_max_window_bits";
    AnswersNoTakeover: SERVER, ["7692-7.1.1.1-2"], "does not answer server_no_context_takeover";
    AnswersClientWindowUnasked: SERVER, ["7692-7.1.2.2-2"], "answers client_max_window_bits unasked";
    AnswersClientWindowWithoutValue: SERVER, ["7692-7.1.2.2-3"], "answers client_max_window_bits without a value";
    AnswersUnknownParameter: SERVER, ["6455-9-2"], "answers with a parameter that RFC 7692 does not have";
    RefusesInvalidOffers: SERVER, ["7692-5.1-1", "7692-7.1-1"], "refuses a request with an offer that is invalid";
    AnswersAllOffers: SERVER, ["7692-5.1-1"], "answers with compression twice";
    RefusesPlainAnswers: CLIENT, ["7692-5.1-2"], "refuses an answer without parameters";
    RefusesClientWindow: CLIENT, ["7692-7.1.2.2-1"], "refuses client_max_window_bits, which it has offered";
    AcceptsBadAnswers: CLIENT, ["7692-7.1-2"], "accepts parameters that are unknown or come twice in an answer";
    AcceptsBadWindows: CLIENT, ["7692-7.1-2", "7692-7.1.2-1", "7692-7.1.2.2-4"], "accepts windows without a valid value in an answer";
    AcceptsTwoAgreements: CLIENT, ["7692-5.1-2", "7692-6-4", "6455-4.1-27"], "accepts compression twice in an answer";
    RefusesUnaskedServerParameters: CLIENT, ["7692-7.1.2.1-5", "7692-7.1.1.1-3", "7692-7.1.1.2-3", "7692-7.1.2.1-2", "6455-9-2", "7692-7.1-3"], "refuses parameters of an answer that it did not ask for";
}

/// What a peer does: all as it should, or all but one thing. It remembers what it was asked about.
#[derive(Clone, Debug, Default)]
pub(crate) struct Conduct {
    mutation: Option<Mutation>,
    asked: Rc<RefCell<HashSet<Mutation>>>,
}

impl Conduct {
    pub(crate) fn new(mutation: Option<Mutation>) -> Self {
        Self { mutation, ..Self::default() }
    }

    /// Whether the peer does this. Ask only where it makes a difference: a case in which a correct peer is
    /// not asked about a mutation cannot tell the mutant.
    pub(crate) fn does(&self, mutation: Mutation) -> bool {
        self.asked.borrow_mut().insert(mutation);
        self.mutation == Some(mutation)
    }

    /// What the peer was asked about.
    pub(crate) fn asked(&self) -> HashSet<Mutation> {
        self.asked.borrow().clone()
    }
}
