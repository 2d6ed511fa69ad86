package dev.fresnel.cli;

/**
 * What a command found. A record: its components, in snake_case, are the JSON document's fields.
 */
interface Document {
  /** The same for a reader, at most 80 columns wide as far as names allow. */
  String text();
}
