//! What a client asks for by the address that it opens.

use url::Url;
use wsspec::Case;

/// What a connection is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Address {
    /// Whether the client echoes, before the cases.
    Probe,
    /// The next case that nobody has run.
    Next,
    /// A case.
    Case(usize),
    /// Autobahn's: how many cases there are.
    Count,
    /// Autobahn's: the verdict of a case.
    Status(usize),
    /// Autobahn's: what a case is.
    Info(usize),
    /// Autobahn's: the client is done.
    Done,
    /// None of these.
    Unknown,
}

/// The path at which the case is that asks whether a client echoes.
pub(crate) const PROBE: &str = "/probe";

/// The path of a case.
pub(crate) fn path(case: &Case) -> String {
    format!("/case/{}", case.id())
}

impl Address {
    /// Reads the target of a request.
    pub(crate) fn parse(target: &str, cases: &[Case]) -> Self {
        let base = Url::parse("ws://localhost/").and_then(|base| base.join(target));
        let Ok(url) = base else {
            return Self::Unknown;
        };
        let parameter = |wanted: &str| {
            let mut found = url.query_pairs().filter(|(name, _)| name == wanted);
            found.next().map(|(_, value)| value.into_owned())
        };
        // Autobahn counts from 1.
        let by_number = || parameter("case")?.parse::<usize>().ok()?.checked_sub(1);
        let by_alias = || {
            let alias = parameter("casetuple")?;
            cases.iter().position(|case| case.id() == alias || case.autobahn_ids().contains(&alias))
        };
        let index = || by_number().or_else(by_alias).filter(|index| *index < cases.len());
        let of_case = |address: fn(usize) -> Self| index().map_or(Self::Unknown, address);
        match url.path() {
            "/" => Self::Next,
            PROBE => Self::Probe,
            "/getCaseCount" => Self::Count,
            "/runCase" => of_case(Self::Case),
            "/getCaseStatus" => of_case(Self::Status),
            "/getCaseInfo" => of_case(Self::Info),
            "/updateReports" => Self::Done,
            other => {
                let index = cases.iter().position(|case| path(case) == other);
                index.map_or(Self::Unknown, Self::Case)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use wsspec::cases;

    use super::*;

    #[test]
    fn addresses_of_autobahn_and_of_cases_are_known() {
        let cases = cases();
        let is = |target: &str, address: Address| {
            assert_eq!(Address::parse(target, &cases), address, "{target}");
        };
        is("/", Address::Next);
        is("/getCaseCount", Address::Count);
        is("/runCase?case=1&agent=it", Address::Case(0));
        is("/runCase?agent=it&case=2", Address::Case(1));
        is("/runCase?case=0&agent=it", Address::Unknown);
        is("/runCase?case=99999&agent=it", Address::Unknown);
        is("/getCaseStatus?case=1&agent=it", Address::Status(0));
        is("/updateReports?agent=it", Address::Done);
        is("/case/rfc6455/5.1/there-is-none", Address::Unknown);
        is(&path(&cases[1]), Address::Case(1));
    }
}
