//! Runs the real binary against a gateway process, with every wait bounded.

#![allow(dead_code, reason = "each test file uses a part of it")]

pub(crate) mod canned;
pub(crate) mod secrets;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{LazyLock, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use secrets::Secrets;
use serde_json::Value;
use tempfile::TempDir;
use wechatpay_gateway::credentials;

const WXPAY: &str = env!("CARGO_BIN_EXE_wxpay");

/// A private key that is not the gateway's merchant's.
pub(crate) const ANOTHER_KEY: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../core/tests/known_answers/keys/merchant_pkcs8.pem"
);

/// Longer than anything here takes, even on a machine that is busy with other things.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) const STACKS: [&str; 2] = ["hyper", "ureq"];

/// A gateway process; it ends with this value.
pub(crate) struct Gateway {
    child: Child,
    pub(crate) base_url: String,
    home: TempDir,
}

impl Gateway {
    /// Starts one on a free port, with its credentials in a directory whose name has spaces.
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    /// The same with more flags.
    pub(crate) fn start_with(flags: &[&str]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("the credentials' directory");
        let mut child = Command::new(WXPAY)
            .args(["gateway", "--listen", "127.0.0.1:0", "--credentials"])
            .arg(&dir)
            .args(flags)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let line = first_line(child.stdout.take().unwrap());
        let base_url = line
            .strip_prefix("listening on ")
            .expect("the first line names the address");
        Self {
            child,
            base_url: base_url.trim_end().to_owned(),
            home,
        }
    }

    /// Where the credentials were written.
    pub(crate) fn dir(&self) -> PathBuf {
        self.home.path().join("the credentials' directory")
    }

    pub(crate) fn file(&self, name: &str) -> String {
        self.dir().join(name).to_str().unwrap().to_owned()
    }

    /// The variables of `wechatpay.env`, as a shell reads them.
    pub(crate) fn env(&self) -> Env {
        let output = Command::new("sh")
            .args(["-c", "set -a; . \"$1\"; set +a; env", "sh"])
            .arg(self.file("wechatpay.env"))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .output()
            .unwrap();
        assert!(output.status.success());
        let text = String::from_utf8(output.stdout).unwrap();
        let variables = text.lines().filter_map(|line| line.split_once('='));
        Env(variables
            .filter(|(name, _)| name.starts_with("WECHATPAY_"))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect())
    }

    /// Runs `wxpay` as the gateway's merchant.
    pub(crate) fn run(&self, args: &[&str]) -> Run {
        self.env().run(args)
    }

    /// Asks the gateway's administration, in plain HTTP.
    pub(crate) fn admin(&self, method: &str, path: &str, body: &Value) -> Value {
        let address = self.base_url.strip_prefix("http://").unwrap();
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let body = match body {
            Value::Null => String::new(),
            value => value.to_string(),
        };
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {address}\r\nContent-Length: {length}\r\n\
             Connection: close\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 2"), "{head}\n{body}");
        serde_json::from_str(body).unwrap()
    }

    /// Lets the next request fail.
    pub(crate) fn fault(&self, fault: &Value) {
        self.admin("POST", "/_gateway/faults", fault);
    }

    /// The number of its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Everything that moved so far.
    pub(crate) fn entries(&self) -> usize {
        let ledger = self.admin("GET", "/_gateway/ledger", &Value::Null);
        ledger["entries"].as_array().unwrap().len()
    }

    /// Ends the process as nothing that it could handle does: SIGKILL.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Ends the process with a signal, and waits for it.
    #[cfg(unix)]
    pub(crate) fn end_by(mut self, signal: &str) -> ExitStatus {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", signal, &id]).status();
        assert!(sent.unwrap().success());
        wait(&mut self.child)
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The environment of a command, and nothing beside it.
#[derive(Clone)]
pub(crate) struct Env(BTreeMap<String, String>);

impl Env {
    pub(crate) fn empty() -> Self {
        Self(BTreeMap::new())
    }

    pub(crate) fn get(&self, name: &str) -> &str {
        &self.0[name]
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.0.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.0.remove(name);
        self
    }

    /// No platform key: only the APIv3 key, by which certificates are downloaded.
    pub(crate) fn bootstrapping(self) -> Self {
        self.without("WECHATPAY_PUBLIC_KEY_ID")
            .without("WECHATPAY_PUBLIC_KEY_FILE")
            .without("WECHATPAY_PLATFORM_CERT_FILE")
    }

    /// Runs `wxpay`.
    pub(crate) fn run(&self, args: &[&str]) -> Run {
        self.run_with_input(args, b"")
    }

    /// Runs `wxpay` with something on standard input.
    pub(crate) fn run_with_input(&self, args: &[&str], input: &[u8]) -> Run {
        let mut command = Command::new(WXPAY);
        command.args(args).env_clear().envs(&self.0);
        run(command, input)
    }
}

/// What a command did.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// Standard output, which is one JSON document.
    pub(crate) fn json(&self) -> Value {
        let parsed = serde_json::from_str(&self.stdout);
        parsed.unwrap_or_else(|e| panic!("{e}: {self:#?}"))
    }

    /// Success, with a status line on standard error.
    #[track_caller]
    pub(crate) fn succeeded(self) -> Self {
        assert_eq!(self.status, 0, "{self:#?}");
        assert!(self.stderr.starts_with("200 "), "{self:#?}");
        assert!(self.stderr.contains("request id 08"), "{self:#?}");
        self
    }

    /// Failure with this status, nothing but JSON on standard output, and these words among those
    /// on standard error.
    #[track_caller]
    pub(crate) fn failed(self, status: i32, words: &[&str]) -> Self {
        assert_eq!(self.status, status, "{self:#?}");
        assert!(
            self.stdout.is_empty() || self.json().is_object(),
            "{self:#?}"
        );
        for word in words {
            assert!(self.stderr.contains(word), "{word:?} is not in {self:#?}");
        }
        self
    }
}

/// Runs a command to its end and makes sure that no secret is in what it wrote.
pub(crate) fn run(mut command: Command, input: &[u8]) -> Run {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let stdout = collect(child.stdout.take().unwrap());
    let stderr = collect(child.stderr.take().unwrap());
    // A command that does not read its input closes it.
    let _ = stdin.write_all(input);
    drop(stdin);
    let status = wait(&mut child);
    let run = Run {
        status: status.code().expect("no signal ended it"),
        stdout: stdout.recv_timeout(PATIENCE).unwrap(),
        stderr: stderr.recv_timeout(PATIENCE).unwrap(),
    };
    SECRETS.are_not_in("what a command wrote", &[&run.stdout, &run.stderr]);
    run
}

/// What no command may ever write: the APIv3 key, any part of a private key, a signature.
static SECRETS: LazyLock<Secrets> = LazyLock::new(|| {
    let another = std::fs::read_to_string(ANOTHER_KEY).unwrap();
    Secrets::default()
        .private_key(credentials::MERCHANT_KEY_PEM)
        .private_key(&another)
        .text(credentials::API_V3_KEY)
        .text("signature=\"")
});

fn wait(child: &mut Child) -> ExitStatus {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        if start.elapsed() > PATIENCE {
            let _ = child.kill();
            let _ = child.wait();
            panic!("the command did not end within {PATIENCE:?}");
        }
        thread::sleep(Duration::from_millis(5));
    }
}

fn collect(mut from: impl Read + Send + 'static) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes).unwrap();
        let _ = sender.send(String::from_utf8(bytes).unwrap());
    });
    receiver
}

fn first_line(from: impl Read + Send + 'static) -> String {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut from = BufReader::new(from);
        let mut line = String::new();
        let _ = from.read_line(&mut line);
        let _ = sender.send(line);
        // Whatever else comes is read, so that the process never waits for a reader.
        let _ = std::io::copy(&mut from, &mut std::io::sink());
    });
    receiver.recv_timeout(PATIENCE).unwrap()
}

/// Changes one character of a file's text, and writes the result beside it.
pub(crate) fn damaged(path: &Path, at: usize) -> PathBuf {
    let mut text = std::fs::read(path).unwrap();
    text[at] = if text[at] == b'A' { b'B' } else { b'A' };
    let copy = path.with_file_name(format!("damaged-{at}.pem"));
    std::fs::write(&copy, text).unwrap();
    copy
}
