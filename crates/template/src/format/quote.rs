//! Quoted strings as Go's `strconv.Quote` writes them.
//!
//! What is printable decides Rust's own table, which is made from the same Unicode properties as Go's.

/// `"text"` with escapes; `ascii` escapes everything beyond ASCII as well.
pub(crate) fn quote(text: &str, ascii: bool) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    text.chars().for_each(|character| escape(character, '"', ascii, &mut out));
    out.push('"');
    out
}

/// `'c'`
pub(crate) fn quote_character(character: char, ascii: bool) -> String {
    let mut out = String::from('\'');
    escape(character, '\'', ascii, &mut out);
    out.push('\'');
    out
}

fn escape(character: char, quote: char, ascii: bool, out: &mut String) {
    match character {
        '\\' => out.push_str("\\\\"),
        _ if character == quote => {
            out.push('\\');
            out.push(character);
        }
        '\u{7}' => out.push_str("\\a"),
        '\u{8}' => out.push_str("\\b"),
        '\u{c}' => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\u{b}' => out.push_str("\\v"),
        _ if is_printable(character) && (character.is_ascii() || !ascii) => out.push(character),
        _ => {
            let code = u32::from(character);
            out.push_str(&match code {
                0..=0x1f | 0x7f => format!("\\x{code:02x}"),
                0x80..=0xffff => format!("\\u{code:04x}"),
                _ => format!("\\U{code:08x}"),
            });
        }
    }
}

/// Letters, marks, numbers, punctuation, symbols and the ASCII space. A mark is printable here, though not at the start of a
/// Rust string, hence the letter before it.
pub(crate) fn is_printable(character: char) -> bool {
    match character {
        '\\' | '"' | '\'' => true,
        _ => {
            let mut text = String::from('a');
            text.push(character);
            text.escape_debug().count() == 2
        }
    }
}

/// Whether a raw string can hold it: no backquote, no control character but the tab.
pub(crate) fn can_backquote(text: &str) -> bool {
    text.chars().all(|character| {
        character == '\t'
            || !(character == '`'
                || character < ' '
                || character == '\u{7f}'
                || character == '\u{feff}')
    })
}
