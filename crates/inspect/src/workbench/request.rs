use sansocket::{Random, handshake::client::Request};

use super::{deflate_wish::DeflateWish, target::Target};

/// Returns the request of the engine's client. The error is for the user.
pub(super) fn head(
    target: &Target,
    deflate: Option<DeflateWish>,
    random: &mut Random,
) -> Result<Vec<u8>, String> {
    let mut request = Request::new(&target.host, &target.resource);
    if let Some(wish) = deflate {
        request = request.deflate(&wish.config());
    }
    let mut head = Vec::new();
    // The explainer judges the response, since the user may have changed the request.
    request.send(random.nonce(), &mut head).map_err(|error| error.to_string())?;
    Ok(head)
}
