//! What is asked for on the command line.

use std::thread;

use crate::sim::Protection;

pub(crate) const USAGE: &str = "usage: simulate [--seeds N] [--jobs J] [--first SEED] [--tell | --protections] [--without P]\n\
    \n\
    --seeds N      how many seeds, 1000 unless said otherwise\n\
    --jobs J       how many at once, one for each core unless said otherwise\n\
    --first SEED   the first of them, 0 unless said otherwise\n\
    --tell         the whole story of the first seed\n\
    --without P    turn a protection off, and see what becomes of it\n\
    --protections  for each protection, how many seeds show that it is off";

#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) seeds: u64,
    pub(crate) jobs: usize,
    pub(crate) first: u64,
    pub(crate) mode: Mode,
    pub(crate) without: Option<Protection>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Seeds,
    Story,
    Protections,
}

impl Options {
    pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self {
            seeds: 1_000,
            jobs: thread::available_parallelism().map_or(1, usize::from),
            first: 0,
            mode: Mode::Seeds,
            without: None,
        };
        while let Some(flag) = arguments.next() {
            let mut value = || {
                let text = arguments.next();
                text.ok_or_else(|| format!("{flag} wants a value"))
            };
            match flag.as_str() {
                "--seeds" => options.seeds = number(&flag, &value()?)?,
                "--jobs" => options.jobs = number(&flag, &value()?)?,
                "--first" => options.first = number(&flag, &value()?)?,
                "--without" => options.without = Some(protection(&value()?)?),
                "--tell" => options.mode = Mode::Story,
                "--protections" => options.mode = Mode::Protections,
                _ => return Err(format!("there is no flag {flag}")),
            }
        }
        if options.seeds == 0 || options.jobs == 0 {
            return Err("--seeds and --jobs want a number above zero".to_owned());
        }
        Ok(options)
    }
}

fn number<T: std::str::FromStr>(flag: &str, text: &str) -> Result<T, String> {
    let number = text.replace('_', "").parse();
    number.map_err(|_| format!("{flag} wants a whole number, not {text:?}"))
}

fn protection(text: &str) -> Result<Protection, String> {
    let named = |protection: &Protection| protection.name() == text;
    let found = Protection::ALL.into_iter().find(named);
    found.ok_or_else(|| {
        let known: Vec<_> = Protection::ALL.map(Protection::name).into();
        format!(
            "there is no protection {text:?}; there are: {}",
            known.join(", ")
        )
    })
}
