//! The process that holds the key: this program, started a second time. It stands for an HSM, and
//! signs with the `openssl` command line. It can also stand for one that works in batches.

use std::env;
use std::error::Error as StdError;
use std::io::{self, BufRead as _, BufReader, Read, Write as _};
use std::num::NonZeroUsize;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use crate::wire;

/// Whatever may fail here.
pub(crate) type Failure = Box<dyn StdError + Send + Sync>;

const ROLE: &str = "hold-the-key";
const READY: &str = "ready";

/// A signer process that runs until this is dropped.
pub(crate) struct Process(Child);

impl Process {
    /// Starts it, and returns once it listens on `socket`. It signs nothing until `batch` messages
    /// lie before it, and then all of them.
    pub(crate) fn start(socket: &Path, key: &Path, batch: NonZeroUsize) -> Result<Self, Failure> {
        let child = Command::new(env::current_exe()?)
            .arg(ROLE)
            .args([socket, key])
            .arg(batch.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut process = Self(child);
        let mut line = String::new();
        if let Some(said) = &mut process.0.stdout {
            BufReader::new(said).read_line(&mut line)?;
        }
        if line.trim_end() == READY {
            Ok(process)
        } else {
            Err("the signer process ended before it listened".into())
        }
    }
}

/// The end of its input is the sign to end, which also comes when this process dies.
impl Drop for Process {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

/// Whether this process was started by [`Process::start`]; if so, it signs until its input ends.
pub(crate) fn runs() -> Option<ExitCode> {
    let mut arguments = env::args_os().skip(1);
    if arguments.next()? != ROLE {
        return None;
    }
    let (socket, key, batch) = (arguments.next()?, arguments.next()?, arguments.next()?);
    let batch = batch.to_str()?.parse().ok()?;
    match serve(Path::new(&socket), PathBuf::from(key), batch) {
        Ok(()) => Some(ExitCode::SUCCESS),
        Err(error) => {
            eprintln!("signer process: {error}");
            Some(ExitCode::FAILURE)
        }
    }
}

fn serve(socket: &Path, key: PathBuf, batch: NonZeroUsize) -> io::Result<()> {
    // The folder that holds the socket is its owner's alone, and so is the socket.
    let listener = UnixListener::bind(socket)?;
    let batch = Arc::new(Barrier::new(batch.get()));
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (key, batch) = (key.clone(), Arc::clone(&batch));
            thread::spawn(move || {
                if let Err(error) = answer(stream, &key, &batch) {
                    eprintln!("signer process: {error}");
                }
            });
        }
    });
    println!("{READY}");
    io::copy(&mut io::stdin(), &mut io::sink())?;
    std::fs::remove_file(socket)
}

fn answer(mut stream: UnixStream, key: &Path, batch: &Barrier) -> Result<(), Failure> {
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    stream.set_write_timeout(Some(Duration::from_secs(5)))?;
    let message = read_frame(&mut stream)?;
    batch.wait();
    let signed = sign(&message, key);
    let answer = wire::answer(signed.as_deref().map_err(String::as_str))?;
    stream.write_all(&answer)?;
    Ok(())
}

fn sign(message: &[u8], key: &Path) -> Result<Vec<u8>, String> {
    let mut openssl = Command::new("openssl")
        .args(["dgst", "-sha256", "-sign"])
        .arg(key)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|e| format!("openssl does not start: {e}"))?;
    // An openssl that ends early says why by its status, not by the pipe.
    if let Some(mut input) = openssl.stdin.take() {
        let _ = input.write_all(message);
    }
    let done = openssl.wait_with_output().map_err(|e| e.to_string())?;
    if done.status.success() {
        Ok(done.stdout)
    } else {
        let said = String::from_utf8_lossy(&done.stderr);
        Err(format!("openssl: {}: {}", done.status, said.trim()))
    }
}

/// Reads one frame, blocking.
pub(crate) fn read_frame(stream: &mut impl Read) -> Result<Vec<u8>, Failure> {
    let mut head = [0; 4];
    stream.read_exact(&mut head)?;
    let mut payload = vec![0; wire::length(head)?];
    stream.read_exact(&mut payload)?;
    Ok(payload)
}
