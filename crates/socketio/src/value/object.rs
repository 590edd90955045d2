use alloc::{collections::BTreeSet, string::String, vec, vec::Vec};

use super::Value;

/// The members of a JSON object, in their order.
///
/// Names are searched one by one: an object of a peer may have any number of members, and takes no
/// more memory than they need. Of several members with one name, the last counts, as in JavaScript.
///
/// ```
/// use sansocket_socketio::value::Object;
/// use sansocket_socketio::Value;
///
/// let mut object = Object::default();
/// object.insert("token", "123");
/// assert_eq!(object.get("token"), Some(&Value::from("123")));
/// assert_eq!(object.len(), 1);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Object(Vec<(String, Value)>);

impl Object {
    /// Returns the value of a member.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.iter().find_map(|(found, value)| (found == name).then_some(value))
    }

    /// Sets the value of a member.
    pub fn insert(&mut self, name: impl Into<String>, value: impl Into<Value>) {
        let name = name.into();
        self.0.retain(|(found, _)| *found != name);
        self.0.push((name, value.into()));
    }

    /// Returns the names and values.
    pub fn iter(&self) -> core::slice::Iter<'_, (String, Value)> {
        self.0.iter()
    }

    /// Returns the number of members.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether there are no members.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut Value> {
        self.0.iter_mut().map(|(_, value)| value)
    }
}

impl From<Vec<(String, Value)>> for Object {
    fn from(mut members: Vec<(String, Value)>) -> Self {
        let mut seen = BTreeSet::new();
        let is_last: Vec<_> = members.iter().rev().map(|(name, _)| seen.insert(name)).collect();
        if is_last.contains(&false) {
            let mut is_last = is_last.into_iter().rev();
            members.retain(|_| is_last.next().unwrap_or(true));
        }
        Self(members)
    }
}

impl FromIterator<(String, Value)> for Object {
    fn from_iter<T: IntoIterator<Item = (String, Value)>>(members: T) -> Self {
        Self::from(members.into_iter().collect::<Vec<_>>())
    }
}

impl IntoIterator for Object {
    type Item = (String, Value);
    type IntoIter = vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Object {
    type Item = &'a (String, Value);
    type IntoIter = core::slice::Iter<'a, (String, Value)>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
