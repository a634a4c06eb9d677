//! Every command that the help lists, in the ways in which a command fails. Whatever it writes is
//! searched by the common module; that their examples succeed, and show nothing either, is held by
//! `help.rs` and `help_life.rs`.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::json;
use wechatpay_gateway::credentials;

use crate::common::{self, ANOTHER_KEY, Env, Gateway, Run, STACKS};

/// The commands without subcommands, as the help lists them.
fn commands() -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut open = vec![Vec::new()];
    while let Some(command) = open.pop() {
        let args: Vec<&str> = command.iter().map(String::as_str).collect();
        let help = Env::empty().run(&[&args[..], &["--help"]].concat());
        assert_eq!(help.status, 0, "{help:#?}");
        match help.stdout.split_once("\nCommands:\n") {
            None => found.push(command),
            Some((_, list)) => {
                let lines = list.lines().take_while(|line| !line.is_empty());
                let names = lines.filter_map(|line| line.split_whitespace().next());
                open.extend(names.filter(|name| *name != "help").map(|name| {
                    let mut command = command.clone();
                    command.push(name.to_owned());
                    command
                }));
            }
        }
    }
    found
}

/// Those that call the platform, with an example of each.
fn calls() -> Vec<(Vec<String>, String)> {
    let all = commands();
    assert!(all.len() > 30, "{all:?}");
    let call = |command: &Vec<String>| !["demo", "gateway"].contains(&&*command[0]);
    all.into_iter()
        .filter(call)
        .map(|command| {
            let example = example(&command);
            (command, example)
        })
        .collect()
}

/// The first example of a command's help, with all its lines.
fn example(command: &[String]) -> String {
    let args: Vec<&str> = command.iter().map(String::as_str).collect();
    let help = Env::empty().run(&[&args[..], &["--help"]].concat()).stdout;
    let begin = format!("\n  wxpay {}", command.join(" "));
    let (_, rest) = help
        .split_once(&begin)
        .unwrap_or_else(|| panic!("no example of {command:?}:\n{help}"));
    let mut example = format!("wxpay {}", command.join(" "));
    for line in rest.lines() {
        example.push_str(line);
        if !line.ends_with('\\') && example.matches('\'').count() % 2 == 0 {
            break;
        }
        example.push('\n');
    }
    example
}

/// Runs a line of shell as the gateway's merchant, after its settings were changed.
fn shell(gateway: &Gateway, settings: &str, line: &str) -> Run {
    let binary = Path::new(env!("CARGO_BIN_EXE_wxpay"));
    let path = format!("{}:/usr/bin:/bin", binary.parent().unwrap().display());
    let script = format!("set -a; . ./wechatpay.env\n{settings}\nset +a\n{line}");
    let mut shell = Command::new("sh");
    shell.args(["-c", &script]).current_dir(gateway.dir());
    shell.env_clear().env("PATH", &path);
    shell.env("ANOTHER_KEY", ANOTHER_KEY);
    for number in ["TRANSACTION_ID", "REFUND_ID", "RECEIPT_ID"] {
        shell.env(number, "50000000382019052709732678859");
    }
    common::run(shell, b"")
}

/// The text of a private key without its first and last line, as some libraries take it.
const BARE_KEY: &str = "$(grep -v -- ----- apiclient_key.pem | tr -d '\\n')";

/// The settings that each command is run with, and the exit status that they lead to.
const SETTINGS: [(&str, i32); 7] = [
    ("WECHATPAY_BASE_URL=http://127.0.0.1:9", 2),
    (
        "WECHATPAY_PRIVATE_KEY_FILE=$ANOTHER_KEY WECHATPAY_MERCHANT_CERT_FILE=",
        1,
    ),
    (
        "WECHATPAY_PUBLIC_KEY_ID= WECHATPAY_PUBLIC_KEY_FILE= WECHATPAY_PLATFORM_CERT_FILE=
         WECHATPAY_APIV3_KEY=0123456789abcdef0123456789abcdef",
        2,
    ),
    ("WECHATPAY_PRIVATE_KEY_FILE=\"$(cat apiclient_key.pem)\"", 2),
    ("WECHATPAY_PUBLIC_KEY_FILE=apiclient_key.pem", 2),
    ("WECHATPAY_MCHID=$WECHATPAY_APIV3_KEY", 2),
    (
        "WECHATPAY_SERIAL_NO=$WECHATPAY_APIV3_KEY WECHATPAY_APIV3_KEY=$WECHATPAY_SERIAL_NO",
        2,
    ),
];

#[test]
fn no_command_shows_a_secret_however_it_fails() {
    let gateway = Gateway::start();
    for (at, (command, example)) in calls().iter().enumerate() {
        let example = format!("{example} --transport {}", STACKS[at % STACKS.len()]);
        for (settings, status) in SETTINGS {
            // A certificate is downloaded with no platform key at all.
            let needless = command == &["certificates"] && settings.contains("PUBLIC_KEY_FILE=api");
            let run = shell(&gateway, settings, &example);
            let status = if needless { 0 } else { status };
            assert_eq!(run.status, status, "{settings}\n{example}\n{run:#?}");
        }
        for junk in [
            "\"$(cat apiclient_key.pem)\"",
            "$(cat apiclient_key.pem)",
            "\"$WECHATPAY_APIV3_KEY\"",
            "--key=\"$WECHATPAY_APIV3_KEY\"",
            BARE_KEY,
        ] {
            let run = shell(&gateway, "", &format!("{example} {junk}"));
            assert_eq!(run.status, 2, "{run:#?}");
        }
        for fault in [
            "wrong_signature",
            "stale_timestamp",
            "rate_limited",
            "server_error",
            "bad_gateway",
            "cut_after",
        ] {
            gateway.fault(&json!({ "fault": fault }));
            let run = shell(&gateway, "", &example);
            assert_ne!(run.status, 0, "{fault}\n{run:#?}");
        }
    }
}

/// Every secret in the place of every setting.
#[test]
fn no_setting_shows_a_secret_that_was_put_there() {
    let gateway = Gateway::start();
    let settings = [
        "BASE_URL",
        "MCHID",
        "SERIAL_NO",
        "PRIVATE_KEY_FILE",
        "PUBLIC_KEY_ID",
        "PUBLIC_KEY_FILE",
        "PLATFORM_CERT_FILE",
        "APIV3_KEY",
        "MERCHANT_CERT_FILE",
    ];
    let help = Env::empty().run(&["call", "--help"]).stdout;
    let known = help.matches("\n  WECHATPAY_").count();
    assert_eq!(settings.len(), known, "the settings that the help lists");
    let line = "wxpay certificates";
    for setting in settings {
        for secret in [
            "\"$(cat apiclient_key.pem)\"",
            BARE_KEY,
            "\"$(grep -v -- ----- apiclient_key.pem | head -n 2 | tail -n 1)\"",
            "$WECHATPAY_APIV3_KEY",
        ] {
            if (setting, secret) == ("APIV3_KEY", "$WECHATPAY_APIV3_KEY") {
                continue;
            }
            let changed = format!("WECHATPAY_{setting}={secret}");
            let run = shell(&gateway, &changed, line);
            // A key for verifying is not read where certificates are downloaded.
            assert!([0, 2].contains(&run.status), "{changed}\n{run:#?}");
            let run = shell(&gateway, &changed, "wxpay call GET /v3/certificates");
            assert_eq!(run.status, 2, "{changed}\n{run:#?}");
            if setting == "APIV3_KEY" {
                continue;
            }
            let flag = setting.to_lowercase().replace('_', "-");
            let line = format!("wxpay call GET /v3/certificates --{flag} {secret}");
            let run = shell(&gateway, "", &line);
            assert_eq!(run.status, 2, "{line}\n{run:#?}");
        }
    }
}

/// A file that holds a secret, where another is expected.
#[test]
fn no_command_shows_what_a_wrong_file_holds() {
    let gateway = Gateway::start();
    std::fs::write(gateway.dir().join("apiv3.key"), credentials::API_V3_KEY).unwrap();
    for file in ["apiclient_key.pem", "apiv3.key", "wechatpay.env"] {
        for line in [
            format!("wxpay call POST /v3/x --data @{file}"),
            format!("wxpay call POST /v3/x --data - < {file}"),
            format!("wxpay certificates --apiv3-key-file {file}x"),
            format!(
                "wxpay profit-sharing share --sub-mchid 1 --transaction-id 2 --out-order-no 3 \
                 --receivers @{file}"
            ),
            format!("wxpay gateway --listen 127.0.0.1:0 --state {file}"),
            format!("wxpay gateway --listen 127.0.0.1:0 --credentials {file}"),
        ] {
            let run = shell(&gateway, "", &line);
            assert_eq!(run.status, 2, "{line}\n{run:#?}");
        }
        for setting in [
            "PRIVATE_KEY_FILE",
            "PUBLIC_KEY_FILE",
            "PLATFORM_CERT_FILE",
            "MERCHANT_CERT_FILE",
        ] {
            if (setting, file) != ("PRIVATE_KEY_FILE", "apiclient_key.pem") {
                let changed = format!("WECHATPAY_{setting}={file}");
                let run = shell(&gateway, &changed, "wxpay call GET /v3/certificates");
                assert_eq!(run.status, 2, "{changed}\n{run:#?}");
            }
        }
    }
}

/// The commands that call nobody, or themselves.
#[test]
fn neither_the_gateway_nor_the_demo_shows_a_secret() {
    let others: Vec<_> = commands()
        .into_iter()
        .filter(|command| {
            command.len() == 1 && command[0] != "call" && command[0] != "certificates"
        })
        .collect();
    assert_eq!(others, [["gateway"], ["demo"]]);

    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let gateway = Gateway::start();
    for (args, status) in [
        (&["gateway", "--listen", &taken][..], 2),
        (&["gateway", "--listen", credentials::API_V3_KEY], 2),
        (&["gateway", "--listen", credentials::MERCHANT_KEY_PEM], 2),
        (
            &[
                "gateway",
                "--state",
                credentials::MERCHANT_KEY_PEM,
                "--listen",
                "127.0.0.1:0",
            ],
            2,
        ),
        (&["demo", credentials::MERCHANT_KEY_PEM], 2),
        (&["demo", "--transport", "hyper"], 0),
        (&["demo", "--transport", "ureq"], 0),
    ] {
        let run = gateway.env().run(args);
        assert_eq!(run.status, status, "{args:?}\n{run:#?}");
    }

    let mut serving = Command::new("sh");
    let line =
        "\"$WXPAY\" gateway --listen 127.0.0.1:0 --credentials . & sleep 1; kill $!; wait $!";
    serving.args(["-c", line]).current_dir(gateway.dir());
    serving
        .env("WXPAY", env!("CARGO_BIN_EXE_wxpay"))
        .stdin(Stdio::null());
    let run = common::run(serving, b"");
    assert!(
        run.stdout.contains("listening on ") && run.stderr.contains("PUBLIC"),
        "{run:#?}"
    );
}
