//! Marks of templates in YAML and JSON texts, without parsing them: linear in the text, whole or cut off.

/// What a text shows of itself.
#[derive(Debug, Default)]
pub(super) struct Marks<'t> {
    /// Keys of the outermost mapping, with their text where it is a scalar.
    pub(super) keys: Vec<(&'t str, &'t str)>,
    /// The types of its resources, in JSON.
    pub(super) types: Vec<&'t str>,
    /// The `source` of its `module` blocks, in Terraform's JSON.
    pub(super) sources: Vec<&'t str>,
    /// The templates its deployments link by a path, in ARM.
    pub(super) links: Vec<&'t str>,
    /// Whether `metadata._generator.name` is `bicep`.
    pub(super) made_by_bicep: bool,
}

impl Marks<'_> {
    /// Whether the outermost mapping has this key.
    pub(super) fn has(&self, key: &str) -> bool {
        self.keys.iter().any(|(known, _)| *known == key)
    }

    /// The scalar of a key.
    pub(super) fn text(&self, key: &str) -> &str {
        self.keys
            .iter()
            .find(|(known, _)| *known == key)
            .map_or("", |(_, text)| text)
    }
}

/// The marks of a JSON text, comments allowed.
pub(super) fn json(text: &str) -> Marks<'_> {
    let mut scan = Scan {
        text,
        at: 0,
        stack: Vec::new(),
        marks: Marks::default(),
    };
    while scan.step() {}
    scan.marks
}

struct Scan<'t> {
    text: &'t str,
    at: usize,
    stack: Vec<Open<'t>>,
    marks: Marks<'t>,
}

/// An open object or array and, in an object, the key whose value is being read.
struct Open<'t> {
    object: bool,
    key: Option<&'t str>,
}

impl<'t> Scan<'t> {
    /// Reads one token; false at the end.
    fn step(&mut self) -> bool {
        let bytes = self.text.as_bytes();
        let Some(&byte) = bytes.get(self.at) else {
            return false;
        };
        match byte {
            b'{' | b'[' => {
                self.note("");
                self.stack.push(Open {
                    object: byte == b'{',
                    key: None,
                });
                self.at += 1;
            }
            b'}' | b']' => {
                self.stack.pop();
                self.clear_key();
                self.at += 1;
            }
            b',' => {
                self.clear_key();
                self.at += 1;
            }
            b'"' => self.string(),
            b'/' if bytes.get(self.at + 1) == Some(&b'/') => self.skip_to("\n"),
            b'/' if bytes.get(self.at + 1) == Some(&b'*') => self.skip_to("*/"),
            b'0'..=b'9' | b't' | b'f' | b'n' | b'-' => self.word(),
            _ => self.at += 1,
        }
        true
    }

    fn skip_to(&mut self, end: &str) {
        self.at = self.text[self.at..]
            .find(end)
            .map_or(self.text.len(), |length| self.at + length + end.len());
    }

    fn word(&mut self) {
        let rest = &self.text[self.at..];
        let length = rest
            .find([',', '}', ']', ' ', '\n', '\r', '\t'])
            .unwrap_or(rest.len())
            .max(1);
        self.note(&rest[..length]);
        self.at += length;
    }

    fn string(&mut self) {
        let start = self.at + 1;
        let mut end = start;
        let bytes = self.text.as_bytes();
        while end < bytes.len() && bytes[end] != b'"' {
            end += if bytes[end] == b'\\' { 2 } else { 1 };
        }
        let content = self.text.get(start..end.min(bytes.len())).unwrap_or("");
        self.at = (end + 1).min(bytes.len());
        while !self.text.is_char_boundary(self.at) {
            self.at += 1;
        }
        match self.stack.last_mut() {
            Some(open) if open.object && open.key.is_none() => open.key = Some(content),
            _ => self.note(content),
        }
    }

    fn clear_key(&mut self) {
        if let Some(open) = self.stack.last_mut() {
            open.key = None;
        }
    }

    /// Notes a value that starts here: its text for scalars, nothing for objects and arrays.
    fn note(&mut self, content: &'t str) {
        let keys: Vec<&'t str> = self
            .stack
            .iter()
            .take(6)
            .map(|open| open.key.unwrap_or("[]"))
            .collect();
        match keys.as_slice() {
            [key] if self.stack[0].object => self.marks.keys.push((*key, content)),
            ["Resources", _, "Type"] | ["resources", _, "type"] if !content.is_empty() => {
                self.marks.types.push(content);
            }
            ["metadata", "_generator", "name"] => self.marks.made_by_bicep = content == "bicep",
            ["resources", _, "properties", "templateLink", "relativePath"] => {
                self.marks.links.push(content);
            }
            ["module", .., "source"] if content.starts_with('.') => {
                self.marks.sources.push(content);
            }
            _ => {}
        }
    }
}

/// The marks of a YAML text: the keys in the column of its first one.
pub(super) fn yaml(text: &str) -> Marks<'_> {
    let trimmed = text.trim_start_matches('\u{feff}').trim_start();
    if trimmed.starts_with('{') && !trimmed.starts_with("{{") && !trimmed.starts_with("{%") {
        return json(trimmed);
    }
    let mut marks = Marks::default();
    let text = text.trim_start_matches('\u{feff}');
    let margin = margin(text);
    for line in text.lines() {
        let line = line.strip_prefix(margin).unwrap_or(line);
        if line.starts_with([' ', '\t', '#', '-']) {
            marks.types.extend(type_in(line));
        } else if let Some((key, value)) = line.split_once(':') {
            let key = unquoted(key);
            if key == "Resources" {
                marks.types.extend(type_in(value));
            }
            marks.keys.push((key, unquoted(value)));
        }
    }
    marks
}

/// The blanks before the outermost keys: a whole document may stand further right.
fn margin(text: &str) -> &str {
    let first = text
        .lines()
        .find(|line| !line.trim().is_empty() && !line.trim_start().starts_with(['#', '%', '-']));
    first.map_or("", |line| &line[..line.len() - line.trim_start().len()])
}

/// The type of the resource that a line starts.
fn type_in(line: &str) -> Option<&str> {
    let item = line.trim_start();
    let at = item.find("Type").filter(|&at| at <= 64)?;
    resource_type(&item[at + 4..])
}

/// The type behind `Type` in `Type: AWS::S3::Bucket`.
fn resource_type(behind: &str) -> Option<&str> {
    let value = behind
        .trim_start_matches(['"', '\''])
        .trim_start()
        .strip_prefix(':')?;
    let value = unquoted(value);
    value.contains("::").then_some(value)
}

fn unquoted(text: &str) -> &str {
    text.trim().trim_matches(['"', '\''])
}
