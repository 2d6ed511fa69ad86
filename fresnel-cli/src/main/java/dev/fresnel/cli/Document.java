package dev.fresnel.cli;

/**
 * A command's result. Implementations are records, whose components, in snake_case, are the fields
 * of the JSON document.
 */
interface Document {
  /** The result as text, at most 80 columns wide unless names are longer. */
  String text();

  /** What the JSON document holds: this record, unless its fields are not those of the document. */
  default Object json() {
    return this;
  }
}
