use super::Report;

impl Report {
    /// Returns the report as JSON: the fields of this type and of its cases. `docs/report.schema.json`
    /// describes the format; [`schema`](Self::schema) is its version.
    ///
    /// ```
    /// use sansocket::Role;
    /// use wsspec::Report;
    ///
    /// let report = Report::new(Role::Server, "ws://localhost:9001/".to_owned());
    /// assert!(report.json().starts_with("{\n  \"schema\": 1,"));
    /// ```
    #[must_use]
    pub fn json(&self) -> String {
        // There is no key that is not a string, and no value that cannot be written.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}
