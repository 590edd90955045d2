use sansocket::Role;

/// Returns the word for an end, as the renderers use it: `client` or `server`.
///
/// ```
/// use sansocket::Role;
/// use sansocket_explain::role_name;
///
/// assert_eq!(role_name(Role::Client), "client");
/// ```
#[must_use]
pub const fn role_name(role: Role) -> &'static str {
    match role {
        Role::Client => "client",
        Role::Server => "server",
    }
}
