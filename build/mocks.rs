//! The named steps that correct the generated mocks. Each fails with an error when its target is missing.

/// What the generator writes, and what it has to be: see `src/mocks.rs` for the two functions.
const STEPS: &[(&str, &str, &str)] = &[
    (
        "compare_forms_as_forms",
        "Self (self . 0 . json_body_obj (value))",
        "Self (super :: form (self . 0 , value))",
    ),
    ("link_as_rustdoc_reads_it", "](::httpmock::", "](httpmock::"),
    (
        "compare_parameters_as_they_are_sent",
        "value . to_string ()",
        "super :: parameter (value)",
    ),
];

pub(crate) fn apply_steps(generated: &str) -> Result<String, String> {
    let mut text = generated.to_owned();
    for (step, from, to) in STEPS {
        if !text.contains(from) {
            return Err(format!(
                "the step `{step}` of build/mocks.rs finds no `{from}` in the generated mocks"
            ));
        }
        text = text.replace(from, to);
    }
    Ok(text)
}
