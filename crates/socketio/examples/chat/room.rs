use serde::{Deserialize, Serialize};

/// The rooms there are. Were they named by clients, somebody could make any number of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Room {
    Lobby,
    Kitchen,
    Garden,
}

impl Room {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Lobby => "lobby",
            Self::Kitchen => "kitchen",
            Self::Garden => "garden",
        }
    }

    /// Returns the room that a socket is in: that of a recovered session, or none.
    pub(crate) fn of(rooms: &[String]) -> Option<Self> {
        [Self::Lobby, Self::Kitchen, Self::Garden]
            .into_iter()
            .find(|room| rooms.iter().any(|name| name == room.as_str()))
    }
}
