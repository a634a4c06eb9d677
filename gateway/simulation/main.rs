//! The simulation, seed after seed: is no fen lost, and none paid twice, whatever goes wrong?
//!
//! ```text
//! cargo run --release -p wechatpay-gateway --bin simulate -- --seeds 1000 --jobs 2
//! ```
//!
//! The exit status is 0 only when everything held for every seed. A seed decides all that happens, so
//! that one which failed fails again: the command to repeat it is printed with it.

mod options;
mod report;
mod sim;

use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use options::{Mode, Options};
use report::{Report, repeat};
use sim::{Ended, Protection, Tell};

fn main() -> ExitCode {
    let options = match Options::parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(why) => {
            eprintln!("{why}\n{}", options::USAGE);
            return ExitCode::from(2);
        }
    };
    match options.mode {
        Mode::Seeds => seeds(&options),
        Mode::Story => story(&options),
        Mode::Protections => protections(&options),
    }
}

/// Runs all seeds, and says what held.
fn seeds(options: &Options) -> ExitCode {
    let began = Instant::now();
    let mut report = Report::default();
    let mut told = Instant::now();
    run_all(options, options.without, |ended| {
        report.add(&ended);
        if !ended.violations.is_empty() {
            eprint!(
                "{}{}",
                report::verdict(&ended),
                repeat(ended.seed, options.without)
            );
        }
        if told.elapsed() > Duration::from_secs(5) {
            told = Instant::now();
            eprintln!("{}", report.progress(options.seeds, began.elapsed()));
        }
        Go::On
    });
    print!("{}", report.summary(began.elapsed()));
    if report.held() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Tells one seed's whole story.
fn story(options: &Options) -> ExitCode {
    let Ok(keys) = sim::keys() else {
        return ExitCode::FAILURE;
    };
    let ended = sim::run(options.first, options.without, &keys, Tell::Everything);
    for line in &ended.story {
        println!("{line}");
    }
    print!("{}", report::verdict(&ended));
    if ended.violations.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Turns each protection off, and looks for the first seed that shows it.
fn protections(options: &Options) -> ExitCode {
    println!(
        "| protection | without it | seeds until it shows | what is broken |\n|---|---|---|---|"
    );
    let mut missed = 0;
    for protection in Protection::ALL {
        let mut first: Option<Ended> = None;
        run_all(options, Some(protection), |ended| {
            let earlier = first.as_ref().is_none_or(|first| ended.seed < first.seed);
            if !ended.violations.is_empty() && earlier {
                first = Some(ended);
                return Go::NoFurther;
            }
            Go::On
        });
        missed += usize::from(first.is_none());
        println!("{}", report::row(protection, options, first.as_ref()));
    }
    if missed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Whether more seeds are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Go {
    On,
    NoFurther,
}

/// Runs the seeds in as many threads as asked for. They are begun in order, and end as they end.
fn run_all(options: &Options, off: Option<Protection>, mut take: impl FnMut(Ended) -> Go) {
    let next = AtomicU64::new(0);
    let (sender, ended) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..options.jobs {
            let (sender, next) = (sender.clone(), &next);
            scope.spawn(move || {
                let keys = sim::keys().expect("the gateway's credentials are whole");
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= options.seeds {
                        return;
                    }
                    let seed = options.first.wrapping_add(number);
                    let ended = sim::run(seed, off, &keys, Tell::Nothing);
                    if sender.send(ended).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        for ended in ended {
            if take(ended) == Go::NoFurther {
                next.store(options.seeds, Ordering::Relaxed);
            }
        }
    });
}
