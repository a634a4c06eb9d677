//! Shows verified JSON to people without reading it: fields, their order, numbers and escapes stay
//! as the platform sent them, and only the white space between them changes.

const INDENT: &str = "  ";

/// Indents a JSON text, without a line break at its end. What is no JSON comes out as it is, more
/// or less.
pub(crate) fn indent(json: &str) -> String {
    let mut out = String::with_capacity(json.len() * 2);
    let mut depth = 0_usize;
    let mut rest = json.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' => {
                out.push(c);
                copy_string(&mut rest, &mut out);
            }
            '{' | '[' => {
                out.push(c);
                skip_space(&mut rest);
                if let Some(close) = rest.next_if(|&next| matches!(next, '}' | ']')) {
                    out.push(close);
                } else {
                    depth += 1;
                    break_line(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                break_line(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                break_line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            c if c.is_ascii_whitespace() => {}
            c => out.push(c),
        }
    }
    out
}

type Rest<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// Copies the rest of a string, its closing quote too.
fn copy_string(rest: &mut Rest<'_>, out: &mut String) {
    while let Some(c) = rest.next() {
        out.push(c);
        match c {
            '"' => return,
            '\\' => out.extend(rest.next()),
            _ => {}
        }
    }
}

fn skip_space(rest: &mut Rest<'_>) {
    while rest.next_if(char::is_ascii_whitespace).is_some() {}
}

fn break_line(out: &mut String, depth: usize) {
    out.push('\n');
    for _ in 0..depth {
        out.push_str(INDENT);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::indent;

    #[test]
    fn keeps_order_numbers_and_escapes() {
        let sent = r#" {"b":1.50,"a":[ ],"c":{"x":"{\"[,:\\"},"d":[1, 2],"e":"\u8865"} "#;
        let shown = "{\n  \"b\": 1.50,\n  \"a\": [],\n  \"c\": {\n    \"x\": \"{\\\"[,:\\\\\"\n  },\n  \
                     \"d\": [\n    1,\n    2\n  ],\n  \"e\": \"\\u8865\"\n}";
        assert_eq!(indent(sent), shown);
    }

    #[test]
    fn agrees_with_serde_json() {
        let value = serde_json::json!({
            "data": [{"serial_no": "5A", "n": -1}, {}, "a \"quoted\" \\ text"], "empty": {}, "t": true
        });
        let expected = serde_json::to_string_pretty(&value).unwrap();
        assert_eq!(indent(&value.to_string()), expected);
        assert_eq!(indent(&expected), expected);
    }
}
