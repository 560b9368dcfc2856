//! Contract text in, Rust syntax out.

use std::panic::{AssertUnwindSafe, catch_unwind};

use openapiv3::OpenAPI;
use progenitor::{GenerationSettings, Generator, InterfaceStyle, TypeImpl};
use serde_json::Value;

use super::contract::{Contract, Problem};
use super::{client, culprit, mistakes, mocks, needs, steps, types};

/// A contract to compile.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    pub(crate) text: &'a str,
    /// The crate's own contract, if `text` is another one: the wrapper is written for it.
    pub(crate) ours: Option<&'a str>,
}

/// The generated client for a contract.
pub(crate) fn generate(source: Source<'_>) -> Result<syn::File, Problem> {
    let prepared = Prepared::of(source)?;
    let tokens = prepared.run(|generator, spec| generator.generate_tokens(spec))?;
    let mut file = prepared.parsed(syn::parse2(tokens))?;
    let version = &prepared.spec.info.version;
    // Else the compiler would complain about code that nobody wrote.
    if let Some(name) = types::twice(&file) {
        let what = format!(
            "two types named `{name}` come out: a schema in place is named after what it is part of"
        );
        let pointer = format!("/components/schemas/{name}");
        let fix = "give this one another name, or refer to it there";
        return Err(prepared.contract.problem(&pointer, what, fix));
    }
    client::apply_steps(&mut file, version, &prepared.known)
        .map_err(|what| prepared.problem("", what))?;
    Ok(file)
}

/// The typed mocks for a contract.
pub(crate) fn generate_mocks(source: Source<'_>) -> Result<syn::File, Problem> {
    let prepared = Prepared::of(source)?;
    let tokens = prepared.run(|generator, spec| generator.httpmock(spec, "::thordata_cdk::raw"))?;
    let fixed =
        mocks::apply_steps(&tokens.to_string()).map_err(|what| prepared.problem("", what))?;
    prepared.parsed(syn::parse_str(&fixed))
}

/// The contract, bent into what the generator can compile.
struct Prepared {
    contract: Contract,
    spec: OpenAPI,
    settings: GenerationSettings,
    known: needs::Known,
}

impl Prepared {
    fn of(source: Source<'_>) -> Result<Self, Problem> {
        let mut contract = Contract::parse(source.text)?;
        // First: the checks below follow references, and pass over one that leads nowhere.
        steps::every_reference_leads_somewhere(&contract)?;
        mistakes::check(&contract)?;
        let mut known = needs::Known::new();
        if let Some(ours) = source.ours {
            let ours = Contract::parse(ours)?;
            // Before the steps, which replace the replies that it compares.
            needs::check(&ours, &contract)?;
            known = needs::known(&ours)?;
        }
        let replacements = steps::apply(&mut contract)?;
        let spec = culprit::read(&contract.root).map_err(|error| {
            let what = error.to_string();
            contract.problem(
                &culprit::of_reader(&contract.root, &what),
                format!("this is not OpenAPI 3.0: {what}"),
                "compare it with the OpenAPI 3.0.3 specification",
            )
        })?;
        let mut settings = GenerationSettings::new();
        settings
            .with_interface(InterfaceStyle::Positional)
            .with_inner_type(quote::quote! { ::thordata_cdk::raw::Hooks });
        settings.with_derive("PartialEq");
        for replacement in &replacements {
            let impls = std::iter::empty::<TypeImpl>();
            settings.with_replacement(&replacement.schema, &replacement.rust_type, impls);
        }
        Ok(Self {
            contract,
            spec,
            settings,
            known,
        })
    }

    fn run<T, E: ToString>(
        &self,
        make: impl Fn(&mut Generator, &OpenAPI) -> Result<T, E>,
    ) -> Result<T, Problem> {
        let attempt = |spec: &OpenAPI| {
            // A new one each time: a generator keeps the types of what it has compiled before.
            quiet(|| make(&mut Generator::new(&self.settings), spec))?
                .map_err(|error| error.to_string())
        };
        attempt(&self.spec).map_err(|what| {
            let works = |root: &Value| culprit::read(root).is_ok_and(|spec| attempt(&spec).is_ok());
            self.problem(&culprit::of_generator(&self.contract.root, works), what)
        })
    }

    fn parsed(&self, file: syn::Result<syn::File>) -> Result<syn::File, Problem> {
        file.map_err(|error| self.problem("", format!("no valid Rust came out: {error}")))
    }

    fn problem(&self, pointer: &str, what: String) -> Problem {
        let mut problem = self.contract.problem(
            pointer,
            what,
            "write it as the rest of the contract does, or without it",
        );
        if pointer.is_empty() {
            problem.line = None; // it concerns the whole
            problem.fix = "compare the contract with the one in the package".into();
        }
        problem.or_here("correct the step in build/")
    }
}

/// Runs the generator, which panics on some contracts, and keeps its backtrace off the screen.
fn quiet<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    // Safe: what `run` leaves unfinished is a generator that nobody uses again.
    let outcome = catch_unwind(AssertUnwindSafe(run));
    std::panic::set_hook(hook);
    outcome.map_err(|panic| {
        let text = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("no reason given");
        format!("the generator gave up on it: {text}")
    })
}

/// The text of `file`, each item and each member of an item on a line of its own.
pub(crate) fn item_by_item(file: &syn::File) -> String {
    let mut text = String::new();
    items(&file.items, &mut text);
    text
}

fn items(list: &[syn::Item], text: &mut String) {
    use quote::ToTokens;
    // What encloses the members, without its closing bracket.
    let open = |empty: &dyn ToTokens| {
        let head = empty.to_token_stream().to_string();
        format!("{}\n", head.trim_end().trim_end_matches('}'))
    };
    for item in list {
        match item {
            syn::Item::Mod(module) if module.content.is_some() => {
                let mut empty = module.clone();
                let content = empty
                    .content
                    .as_mut()
                    .map(|(_, items)| std::mem::take(items));
                text.push_str(&open(&empty));
                items(&content.unwrap_or_default(), text);
                text.push_str("}\n");
            }
            syn::Item::Impl(block) => {
                let mut empty = block.clone();
                empty.items.clear();
                text.push_str(&open(&empty));
                for member in &block.items {
                    text.push_str(&format!("{}\n", member.to_token_stream()));
                }
                text.push_str("}\n");
            }
            item => text.push_str(&format!("{}\n", item.to_token_stream())),
        }
    }
}
