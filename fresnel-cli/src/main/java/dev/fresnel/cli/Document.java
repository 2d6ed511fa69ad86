package dev.fresnel.cli;

/**
 * A command's result. Implementations are records, whose components, in snake_case, are the fields
 * of the JSON document.
 */
interface Document {
  /** The result as text, at most 80 columns wide unless names are longer. */
  String text();

  /** What the JSON document is written from: this record, unless it says otherwise. */
  default Object json() {
    return this;
  }
}
