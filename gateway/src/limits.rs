//! How often an operation may be called within a second, as documented.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use wechatpay_core::{Operation, Timestamp};

use crate::moment::Moment;
use crate::problem::{Code, Problem};
use crate::route::name_of;

/// Counts calls by the second of the clock that signatures are held against.
#[derive(Clone, Debug, Default)]
pub(crate) struct Limits {
    pub(crate) enforcement: Enforcement,
    second: Option<Timestamp>,
    calls: BTreeMap<(String, String), u32>,
}

/// Whether calls beyond a limit are refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Enforcement {
    #[default]
    Enforced,
    Lifted,
}

/// So many calls in a second for whoever it is counted by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit<'a> {
    most: u32,
    /// Such as `order 4208…`: what a refusal says, and what is counted.
    whose: &'a str,
}

impl<'a> Limit<'a> {
    pub(crate) fn of(most: u32, whose: &'a str) -> Self {
        Self { most, whose }
    }

    pub(crate) fn of_caller(most: u32) -> Self {
        Self::of(most, "the caller")
    }
}

impl Limits {
    /// Counts one call of `O`, unless one of the limits is reached.
    pub(crate) fn admit<O: Operation>(
        &mut self,
        limits: &[Limit<'_>],
        moment: &Moment,
    ) -> Result<(), Problem> {
        if self.enforcement == Enforcement::Lifted {
            return Ok(());
        }
        if self.second != Some(moment.now) {
            self.second = Some(moment.now);
            self.calls.clear();
        }
        let name = name_of::<O>();
        for Limit { most, whose } in limits {
            let count = self.calls.entry((name.clone(), (*whose).to_owned()));
            let count = count.or_default();
            if *count >= *most {
                let why = format!(
                    "{name} takes {most} calls a second for {whose}; wait, and \
                                   repeat the same request"
                );
                return Err(Problem::new(Code::FrequencyLimited, why));
            }
            *count += 1;
        }
        Ok(())
    }
}
