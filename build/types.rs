//! The steps that correct the generated types: `build/client.rs` lists them.

use std::collections::BTreeSet;

use syn::{Fields, Ident, Item, ItemMod};

/// Types that the crate's root re-exports: with what their fields are made of, they are inside the semver promise,
/// and not in `raw::types`.
const PROMISED: [&str; 2] = ["Cdk", "CdkDetails"];

/// Has each generated type derive `JsonSchema` if the feature is on when it is compiled, so that one text
/// serves both.
pub(crate) fn schemas_on_demand(file: &mut syn::File) -> Option<()> {
    for item in &mut types(file)?.1 {
        if let Item::Struct(syn::ItemStruct { attrs, .. })
        | Item::Enum(syn::ItemEnum { attrs, .. }) = item
        {
            attrs.push(syn::parse_quote! {
                #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]
            });
        }
    }
    Some(())
}

/// Has a required array of codes take one string as well: the vendor's table types it so, its example does not.
pub(crate) fn one_code_or_many(file: &mut syn::File) -> Option<()> {
    let mut found = None;
    for field in fields(file) {
        if text_of(&field.ty) == ":: std :: vec :: Vec < :: thordata_cdk :: CdkCode >" {
            field.attrs.push(syn::parse_quote! {
                #[serde(deserialize_with = "::thordata_cdk::raw::one_code_or_many")]
            });
            found = Some(());
        }
    }
    found
}

/// Has each generated struct be read from an object alone: a derived reader takes an array as well, and fills the
/// fields by their position.
pub(crate) fn objects_only(file: &mut syn::File) -> Option<()> {
    let items = &mut types(file)?.1;
    let mut readers = Vec::new();
    for item in items.iter_mut() {
        if let Item::Struct(structure) = item
            && let Some(reader) = object_reader(structure)
        {
            readers.push(Item::Impl(reader));
        }
    }
    let found = !readers.is_empty();
    items.append(&mut readers);
    found.then_some(())
}

/// The reader of a struct that derived one, by way of a copy with the same fields. The struct derives none from
/// now on.
fn object_reader(structure: &mut syn::ItemStruct) -> Option<syn::ItemImpl> {
    // A number, a text or an array with a name of its own: no object, and read as what it holds.
    if !matches!(structure.fields, Fields::Named(_)) {
        return None;
    }
    let mut fields = structure.fields.clone();
    let mut derived = false;
    for attribute in &mut structure.attrs {
        if !attribute.path().is_ident("derive") {
            continue;
        }
        type Paths = syn::punctuated::Punctuated<syn::Path, syn::Token![,]>;
        let paths = attribute.parse_args_with(Paths::parse_terminated).ok()?;
        let kept: Paths = paths
            .into_iter()
            .filter(|path| {
                let reader = text_of(path) == ":: serde :: Deserialize";
                derived |= reader;
                !reader
            })
            .collect();
        *attribute = syn::parse_quote! { #[derive(#kept)] };
    }
    if !derived {
        return None;
    }
    for field in &mut fields {
        field.vis = syn::Visibility::Inherited;
        // The rest is documentation, and how it is written.
        field.attrs.retain(|attribute| {
            attribute.path().is_ident("serde")
                && !text_of(attribute).contains("skip_serializing_if")
        });
        // An optional field that cannot be read costs itself, and not the voucher.
        if text_of(&field.ty).starts_with(":: std :: option :: Option <") {
            field.attrs.push(syn::parse_quote! {
                #[serde(default, deserialize_with = "::thordata_cdk::raw::readable_or_absent")]
            });
        }
    }
    let name = &structure.ident;
    let members: Vec<_> = fields.members().collect();
    for field in &mut structure.fields {
        field.attrs.retain(|attribute| {
            !(attribute.path().is_ident("serde") && text_of(attribute).contains("deserialize_with"))
        });
    }
    let fields: Vec<_> = fields.iter().collect();
    Some(syn::parse_quote! {
        impl<'de> ::serde::Deserialize<'de> for #name {
            fn deserialize<D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<Self, D::Error> {
                #[derive(::serde::Deserialize)]
                struct Fields { #(#fields),* }
                let fields = Fields::deserialize(::thordata_cdk::raw::Object(deserializer))?;
                Ok(Self { #(#members: fields.#members),* })
            }
        }
    })
}

/// The fields of the generated structs.
fn fields(file: &mut syn::File) -> impl Iterator<Item = &mut syn::Field> {
    let items = types(file).into_iter().flat_map(|(_, items)| items);
    let structs = items.filter_map(|item| match item {
        Item::Struct(structure) => Some(&mut structure.fields),
        _ => None,
    });
    structs.flatten()
}

/// A field more must not break whoever builds or matches a value: hence `#[non_exhaustive]`, and a constructor of the
/// required fields. (A required field more is a breaking change of the contract.)
pub(crate) fn room_to_grow(file: &mut syn::File) -> Option<()> {
    let items = &mut types(file)?.1;
    let mut constructors = Vec::new();
    for item in items.iter_mut() {
        match item {
            Item::Struct(structure) if matches!(structure.fields, Fields::Named(_)) => {
                structure
                    .attrs
                    .push(syn::parse_quote! { #[non_exhaustive] });
                constructors.push(constructor(structure)?);
            }
            Item::Enum(choice) => choice.attrs.push(syn::parse_quote! { #[non_exhaustive] }),
            _ => {}
        }
    }
    let found = !constructors.is_empty();
    items.append(&mut constructors);
    found.then_some(())
}

fn constructor(structure: &syn::ItemStruct) -> Option<Item> {
    let name = &structure.ident;
    let mut required = Vec::new();
    let mut values: Vec<syn::FieldValue> = Vec::new();
    for field in &structure.fields {
        let (ident, ty) = (field.ident.as_ref()?, &field.ty);
        let serde = field.attrs.iter().map(text_of).collect::<String>();
        let path = serde
            // A `default` of the schema is a function here, which serde calls by its path.
            .split_once("default = \"")
            .and_then(|(_, rest)| rest.split_once('"'));
        values.push(if let Some((path, _)) = path {
            let path: syn::Path = syn::parse_str(path).ok()?;
            syn::parse_quote! { #ident: #path() }
        } else if ["default", "skip_serializing_if", "flatten"]
            .iter()
            .any(|word| serde.contains(word))
        {
            syn::parse_quote! { #ident: ::std::default::Default::default() }
        } else {
            required.push(quote::quote! { #ident: #ty });
            syn::parse_quote! { #ident }
        });
    }
    Some(syn::parse_quote! {
        impl #name {
            /// A value with these fields, and without those that may be left out: set them afterwards. For tests and
            /// requests; the fields that are required stay the same until the next major version.
            pub fn new(#(#required),*) -> Self {
                Self { #(#values),* }
            }
        }
    })
}

/// Names all types `schemas`, which nobody outside sees, and lets them out by two doors: `promised` for the root, and
/// `types` for the others.
pub(crate) fn promised_apart(file: &mut syn::File) -> Option<()> {
    let items = &types(file)?.1;
    let defined: Vec<(&Ident, String)> = items
        .iter()
        .filter_map(|item| match item {
            Item::Struct(structure) => Some((&structure.ident, types_of(&structure.fields))),
            Item::Enum(choice) => {
                let variants = choice.variants.iter();
                let text = variants.map(|variant| types_of(&variant.fields)).collect();
                Some((&choice.ident, text))
            }
            Item::Type(alias) => Some((&alias.ident, text_of(&alias.ty))),
            _ => None,
        })
        .collect();
    let mut promised: BTreeSet<&Ident> = BTreeSet::new();
    let mut reached: Vec<&str> = PROMISED.to_vec();
    while let Some(name) = reached.pop() {
        let Some((ident, content)) = defined.iter().find(|(ident, _)| *ident == name) else {
            continue;
        };
        if promised.insert(ident) {
            // By words: a type may be inside others, as in `Option<Vec<Name>>`.
            let words = content.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
            let names = words.filter(|word| defined.iter().any(|(ident, _)| ident == word));
            reached.extend(names);
        }
    }
    let others = defined
        .iter()
        .map(|(ident, _)| *ident)
        .filter(|ident| !promised.contains(ident));
    let modules = items.iter().filter_map(|item| match item {
        Item::Mod(ItemMod {
            ident,
            vis: syn::Visibility::Public(_),
            ..
        }) => Some(ident),
        _ => None,
    });
    let others: Vec<_> = others.chain(modules).cloned().collect();
    let promised: Vec<_> = promised.into_iter().cloned().collect();
    let doors: [ItemMod; 2] = [
        syn::parse_quote! {
            /// Types used as operation parameters and responses, but for those that the crate's root re-exports.
            pub mod types {
                pub use super::schemas::{#(#others),*};
                pub(crate) use super::schemas::{#(#promised),*};
            }
        },
        syn::parse_quote! {
            /// What the crate's root re-exports.
            pub(crate) mod promised {
                pub use super::schemas::{#(#promised),*};
            }
        },
    ];
    let module = file.items.iter_mut().find_map(|item| match item {
        Item::Mod(module) if module.ident == "types" => Some(module),
        _ => None,
    })?;
    module.ident = quote::format_ident!("schemas");
    module.vis = syn::parse_quote! { pub(crate) };
    file.items.extend(doors.map(Item::Mod));
    Some(())
}

/// The name of a type that was generated twice.
pub(crate) fn twice(file: &syn::File) -> Option<String> {
    let modules = file.items.iter().filter_map(|item| match item {
        Item::Mod(module) if module.ident == "types" => module.content.as_ref(),
        _ => None,
    });
    let mut names = BTreeSet::new();
    for item in modules.flat_map(|(_, items)| items) {
        if let Item::Struct(syn::ItemStruct { ident, .. }) | Item::Enum(syn::ItemEnum { ident, .. }) =
            item
            && !names.insert(ident)
        {
            return Some(ident.to_string());
        }
    }
    None
}

fn types(file: &mut syn::File) -> Option<&mut (syn::token::Brace, Vec<Item>)> {
    file.items.iter_mut().find_map(|item| match item {
        Item::Mod(module) if module.ident == "types" => module.content.as_mut(),
        _ => None,
    })
}

/// The types alone: the texts of the fields name others.
fn types_of(fields: &Fields) -> String {
    let types = fields.iter().map(|field| text_of(&field.ty));
    types.collect::<Vec<_>>().join(" ")
}

pub(crate) fn text_of(syntax: &impl quote::ToTokens) -> String {
    quote::quote!(#syntax).to_string()
}
