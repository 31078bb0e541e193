//! Which lines a comment speaks about, read off brackets and indentation: the same for every language.

/// The lines of one text.
pub(super) struct Lines<'t> {
    texts: Vec<&'t str>,
    /// Indentation has meaning.
    yaml: bool,
    bicep: bool,
}

impl<'t> Lines<'t> {
    pub(super) fn new(text: &'t str, extension: &str) -> Self {
        Self {
            texts: text
                .split('\n')
                .map(|line| line.trim_end_matches('\r'))
                .collect(),
            yaml: matches!(extension, "yaml" | "yml" | "template" | "cfn"),
            bicep: extension == "bicep",
        }
    }

    /// The lines of what starts at the first line of code at or after `line`.
    pub(super) fn after(&self, line: usize) -> (u32, u32) {
        let mut first = line;
        while self
            .texts
            .get(first)
            .is_some_and(|text| is_blank_or_comment(text))
        {
            first += 1;
        }
        if first >= self.texts.len() {
            return (line as u32, line as u32);
        }
        (first as u32, self.end(first) as u32)
    }

    /// The lines of what starts at `line`.
    pub(super) fn at(&self, line: usize) -> (u32, u32) {
        (line as u32, self.end(line) as u32)
    }

    /// The lines of the resource, module or other block of the outermost kind around `line`.
    pub(super) fn around(&self, line: usize) -> (u32, u32) {
        let mut chain = vec![line];
        let mut depth = self.texts.get(line).map_or(0, |text| indentation(text));
        for position in (0..line).rev() {
            let text = self.texts[position];
            if is_blank_or_comment(text) || text.trim_start().starts_with(['}', ']', ')']) {
                continue;
            }
            if indentation(text) < depth {
                depth = indentation(text);
                chain.push(position);
            }
            if depth == 0 {
                break;
            }
        }
        let section = chain
            .last()
            .map_or("", |&outermost| self.texts[outermost].trim());
        let in_section = matches!(
            section.trim_end_matches([' ', ':']),
            "Resources" | "resources"
        );
        let position = if in_section && chain.len() > 1 {
            chain.len() - 2
        } else {
            chain.len() - 1
        };
        self.at(chain[position])
    }

    /// Whether a line holds code, not only a comment.
    pub(super) fn is_code(&self, line: usize) -> bool {
        self.texts
            .get(line)
            .is_some_and(|text| !is_blank_or_comment(text))
    }

    /// The last line of what starts at `first`.
    fn end(&self, first: usize) -> usize {
        let mut start = first;
        while self.bicep
            && self.texts[start].trim_start().starts_with('@')
            && start + 1 < self.texts.len()
        {
            start = self.brackets_end(start).unwrap_or(start) + 1;
            start = start.min(self.texts.len() - 1);
        }
        match self.brackets_end(start) {
            Some(end) => end,
            None if self.yaml => self.indented_end(start),
            None => start,
        }
    }

    /// Where the brackets that a line leaves open are closed; none where it leaves none open.
    fn brackets_end(&self, first: usize) -> Option<usize> {
        let mut open = balance(self.texts[first]);
        if open <= 0 {
            return None;
        }
        for (position, line) in self.texts.iter().enumerate().skip(first + 1) {
            open += balance(line);
            if open <= 0 {
                return Some(position);
            }
        }
        Some(self.texts.len() - 1)
    }

    fn indented_end(&self, first: usize) -> usize {
        let depth = indentation(self.texts[first]);
        let below = |text: &str| text.trim().is_empty() || indentation(text) > depth;
        let length = self.texts[first + 1..]
            .iter()
            .take_while(|text| below(text))
            .count();
        first + length
    }
}

fn indentation(text: &str) -> usize {
    text.len() - text.trim_start().len()
}

fn is_blank_or_comment(text: &str) -> bool {
    let text = text.trim_start();
    text.is_empty()
        || text.starts_with('#')
        || text.starts_with("//")
        || text.starts_with("/*")
        || text.starts_with("* ")
}

/// Brackets opened less brackets closed, those in strings and comments left out.
fn balance(line: &str) -> i32 {
    let mut balance = 0;
    let mut quote = None;
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (Some(_), '\\') => {
                characters.next();
            }
            (Some(open), close) if open == close => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(character),
            (None, '#') => break,
            (None, '/') if characters.peek() == Some(&'/') => break,
            (None, '{' | '[' | '(') => balance += 1,
            (None, '}' | ']' | ')') => balance -= 1,
            (None, _) => {}
        }
    }
    balance
}
