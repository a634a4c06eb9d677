//! What a command says and how it ends: JSON to standard output, words to standard error, and the
//! exit status.

use std::fmt::Display;
use std::io::{self, Write as _};
use std::process::ExitCode;

use wechatpay_core::api::certificates::AdoptError;
use wechatpay_core::{Answer, DraftError, Reason, Replay, ResourceError, ResponseError};

use crate::config::SettingError;
use crate::hint;
use crate::json;
use crate::redact;
use crate::transport::{Client, Failure};
use crate::verdict::{Judge, Verdict};

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// A verified answer that says nothing else than success.
    Success,
    /// The platform refused.
    Refused,
    /// Wrong usage or configuration, or no connection: the operation was not sent.
    Usage,
    /// Money may have moved.
    Unknown,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Success => 0,
            Exit::Refused => 1,
            Exit::Usage => 2,
            Exit::Unknown => 3,
        })
    }
}

/// How an answer's body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Indented, for the eye.
    Indented,
    /// As the platform sent it.
    AsSent,
}

/// Writes a line to standard error, without secrets. When that is closed there is no one left to
/// tell.
pub(crate) fn say(line: impl Display) {
    let line = redact::redact(&line.to_string());
    let _ = writeln!(io::stderr(), "{line}");
}

/// Writes text to standard output, ending in a line break.
pub(crate) fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    out.flush()
}

/// Reports an answer: a line of words, the verdict, and the body.
pub(crate) fn answer<T: Judge>(operation: &str, answer: &Answer<T>, layout: Layout) -> Exit {
    say(status_line(operation, answer));
    let exit = match T::judge(answer) {
        Verdict::Done => Exit::Success,
        Verdict::NotFinal(words) => {
            say(format_args!("note: {words}"));
            Exit::Success
        }
        Verdict::Refused(words) => {
            say(format_args!("refused: {words}"));
            Exit::Refused
        }
        Verdict::Unclear(words) => {
            say(format_args!("unclear: {words}"));
            Exit::Unknown
        }
    };
    match body(&answer.body, layout) {
        Ok(()) => exit,
        Err(error) => {
            say(format_args!(
                "error: the answer came, and could not be written to standard output: {error}"
            ));
            Exit::Unknown
        }
    }
}

/// The status, the operation and the request id of an answer.
pub(crate) fn status_line<T>(operation: &str, answer: &Answer<T>) -> String {
    let id = answer.request_id.as_deref().unwrap_or("none");
    format!("{} {operation} (request id {id})", answer.status.as_u16())
}

/// Writes a verified body; an empty one writes nothing.
fn body(bytes: &[u8], layout: Layout) -> io::Result<()> {
    if bytes.is_empty() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(bytes);
    match layout {
        Layout::Indented => print(&json::indent(&text)),
        Layout::AsSent => print(&text),
    }
}

/// Reports a command line that does not parse. Help and version come this way too, and are no
/// errors.
pub(crate) fn command_line(error: &clap::Error) -> Exit {
    let text = error.render().to_string();
    if redact::redact(&text) == text {
        // In colour, where that is wanted; there is no one to tell when the terminal is gone.
        let _ = error.print();
    } else {
        say(text);
    }
    if error.exit_code() == 0 {
        Exit::Success
    } else {
        Exit::Usage
    }
}

/// Reports a configuration that is not usable.
pub(crate) fn setting(error: &SettingError) -> Exit {
    say(format_args!("error: {error}; nothing was sent"));
    if let Some(hint) = error.hint() {
        say(format_args!("hint: {hint}"));
    }
    Exit::Usage
}

/// Reports wrong usage that the grammar of the command line does not see.
pub(crate) fn usage(words: impl Display) -> Exit {
    say(format_args!("error: {words}; nothing was sent"));
    Exit::Usage
}

/// Reports an operation that cannot be written as a request.
pub(crate) fn draft(error: &DraftError) -> Exit {
    let hint = hint::draft(error);
    say(format_args!("error: {error}"));
    if let Some(hint) = hint {
        say(format_args!("hint: {hint}"));
    }
    Exit::Usage
}

/// Reports a call that brought no value.
pub(crate) fn failure(failure: &Failure, client: &Client) -> Exit {
    say(format_args!("error: {failure}"));
    for hint in hint::hints(failure, client) {
        say(format_args!("hint: {hint}"));
    }
    exit_of(failure)
}

fn exit_of(failure: &Failure) -> Exit {
    match failure {
        Failure::Draft(_) | Failure::Sign(_) | Failure::NotSent(_) | Failure::Start(_) => {
            Exit::Usage
        }
        Failure::NoAnswer { .. } => Exit::Unknown,
        Failure::Answered(error) => exit_of_answer(error),
    }
}

fn exit_of_answer(error: &ResponseError) -> Exit {
    let read_only = matches!(error.replay, Replay::ReadOnly);
    match &error.reason {
        Reason::Api(api) if api.status.is_client_error() && (api.is_verified() || read_only) => {
            Exit::Refused
        }
        // What does not open is the configured key's fault.
        Reason::Certificates(AdoptError::Open {
            source: ResourceError::Tag,
            ..
        }) => Exit::Usage,
        _ => Exit::Unknown,
    }
}
