//! The other opinion.

use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The `openssl` command line, and a folder for the files that it wants.
pub(crate) struct OpenSsl {
    folder: PathBuf,
}

impl OpenSsl {
    /// `None` where there is nothing to compare with, and that is no failure.
    pub(crate) fn find(theme: &str) -> Option<Self> {
        let version = Command::new("openssl").arg("version").output();
        let version = version.map(|said| String::from_utf8_lossy(&said.stdout).into_owned());
        match version {
            Ok(version) if is_new_enough(&version) => {}
            other => {
                let required = std::env::var("WECHATPAY_OPENSSL").is_ok_and(|is| is == "required");
                assert!(!required, "OpenSSL 3 is required, and found is {other:?}");
                println!("{theme}: without OpenSSL 3 there is nothing to compare with: {other:?}");
                return None;
            }
        }
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("differential-{}-{theme}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Some(Self { folder })
    }

    /// Where a file of this name belongs.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Writes a file for the next command.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        path
    }

    /// What a command says to `input`; `None` when it refuses.
    pub(crate) fn asked<A: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = A>,
        input: &[u8],
    ) -> Option<Vec<u8>> {
        let mut child = Command::new("openssl")
            .args(arguments)
            .current_dir(&self.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Whoever refuses need not read to the end.
        let _ = child.stdin.take().unwrap().write_all(input);
        let output = child.wait_with_output().unwrap();
        output.status.success().then_some(output.stdout)
    }

    /// The same for a command that has no reason to refuse, its words separated by spaces.
    #[track_caller]
    pub(crate) fn says(&self, command: &str, input: &[u8]) -> Vec<u8> {
        self.asked(command.split(' '), input)
            .unwrap_or_else(|| panic!("openssl {command}"))
    }
}

/// What a failure left behind is worth a look.
impl Drop for OpenSsl {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("the files are in {}", self.folder.display());
        } else {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

fn is_new_enough(version: &str) -> bool {
    let major = version
        .strip_prefix("OpenSSL ")
        .and_then(|rest| rest.split('.').next());
    major
        .and_then(|major| major.parse::<u32>().ok())
        .is_some_and(|major| major >= 3)
}
