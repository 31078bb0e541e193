use super::Rule;

impl Rule {
    /// The rule in Markdown, for hovers, SARIF help and reading.
    pub fn markdown(&self) -> String {
        let mut text = format!(
            "## {}\n\n`{}` · {}\n\n{}\n",
            self.title,
            self.id,
            self.severity,
            self.why.trim()
        );
        if !self.remediation.text.trim().is_empty() {
            text.push_str(&format!("\n**Fix**: {}\n", self.remediation.text.trim()));
        }
        if !self.aliases.is_empty() {
            text.push_str(&format!("\nElsewhere: {}\n", self.aliases.join(", ")));
        }
        if !self.implied_by.is_empty() {
            text.push_str(&format!("\nFollows from: {}\n", self.implied_by.join(", ")));
        }
        if !self.references.is_empty() {
            text.push('\n');
        }
        for link in &self.references {
            text.push_str(&format!("- <{link}>\n"));
        }
        text
    }
}
