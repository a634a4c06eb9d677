use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::Deserialize;

use super::Failure;
use super::books::{Entry, State};

/// What the gateway counts.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct Counts {
    pub(crate) queued: usize,
    pub(crate) waiting: usize,
    pub(crate) underway: usize,
    pub(crate) delivered: usize,
    pub(crate) given_up: usize,
    pub(crate) deliveries: usize,
    pub(crate) accepted: usize,
    pub(crate) refused: usize,
    pub(crate) unanswered: usize,
    pub(crate) probes: usize,
    pub(crate) probes_accepted: usize,
    pub(crate) signed_with_public_key: usize,
}

impl Counts {
    /// Whether nothing more will come.
    pub(super) fn are_final(self) -> bool {
        let ended = self.accepted + self.refused + self.unanswered;
        self.waiting + self.underway == 0 && ended == self.deliveries
    }
}

/// What a rehearsal saw, at both ends.
#[derive(Debug)]
pub(crate) struct Seen {
    /// As many were to be queued.
    pub(crate) notices: usize,
    pub(crate) counts: Counts,
    pub(crate) certificates_fetched: u64,
    pub(crate) books: State,
    /// What each notice had to change.
    pub(crate) expected: BTreeMap<String, Entry>,
    pub(crate) took: Duration,
}

impl Seen {
    /// Tells everything that is not as it has to be.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        let (counts, notices) = (&self.counts, self.notices);
        let mut wrong = Vec::new();
        let mut hold = |holds: bool, text: String| {
            if !holds {
                wrong.push(text);
            }
        };
        hold(
            [self.expected.len(), counts.queued, counts.delivered] == [notices; 3],
            format!(
                "of {notices} notices {} were queued, {} delivered, {} given up",
                counts.queued, counts.delivered, counts.given_up
            ),
        );
        for (id, entry) in &self.expected {
            let applied = self.books.entries.get(id).map_or(&[][..], Vec::as_slice);
            let text = format!("notice {id} has to be [{entry:?}], and is {applied:?}");
            hold(applied == [*entry], text);
        }
        let applied = self.books.entries.len();
        hold(
            applied == notices,
            format!("{applied} notices were applied, and {notices} were queued"),
        );
        hold(
            counts.probes_accepted == 0,
            format!("{} probes were accepted", counts.probes_accepted),
        );
        let (sent, met) = (counts.probes, self.books.probes);
        hold(
            (met..=met + counts.unanswered).contains(&sent),
            format!("{sent} probes were sent, and {met} were told from other requests"),
        );
        hold(
            self.books.refused.is_empty(),
            format!("refused, and no probes: {:?}", self.books.refused),
        );
        hold(
            self.certificates_fetched == 1,
            format!("certificates were fetched {}×", self.certificates_fetched),
        );
        let by_public_key = counts.signed_with_public_key;
        hold(
            (1..counts.deliveries).contains(&by_public_key),
            format!("{by_public_key} deliveries were signed with the public key"),
        );
        if wrong.is_empty() {
            return Ok(());
        }
        let count = wrong.len();
        wrong.truncate(10);
        Err(format!("{count} faults, among them:\n{}", wrong.join("\n")).into())
    }

    /// Deliveries that were opened, and neither applied nor tried to.
    fn repeats(&self) -> usize {
        let opened = self.counts.deliveries - self.counts.probes;
        opened.saturating_sub(self.books.entries.len() + self.books.busy)
    }

    /// Repeats that were asked to come again, as the first was not done.
    fn underway(&self) -> usize {
        let others = self.counts.probes + self.books.busy;
        self.counts.refused.saturating_sub(others)
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = &self.counts;
        for (name, count) in [
            ("notices", counts.queued),
            ("applied", self.books.entries.len()),
            ("deliveries", counts.deliveries),
            (
                "  signed with the public key",
                counts.signed_with_public_key,
            ),
            ("  probes", counts.probes),
            ("  repeats", self.repeats()),
            ("    while the first was underway", self.underway()),
            ("  while the books were busy", self.books.busy),
            ("refusals", counts.refused),
            ("without an answer", counts.unanswered),
            ("given up", counts.given_up),
        ] {
            writeln!(f, "{name:<34} {count:>7}")?;
        }
        let fetched = self.certificates_fetched;
        writeln!(f, "{:<34} {fetched:>7}", "certificates fetched")?;
        write!(f, "{:<34} {:>7.1}", "seconds", self.took.as_secs_f64())
    }
}
