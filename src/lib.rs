//! Typed client for the Thordata CDK endpoints.
