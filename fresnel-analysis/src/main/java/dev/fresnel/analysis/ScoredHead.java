package dev.fresnel.analysis;

/** A head and its score. */
public record ScoredHead(HeadId head, double score) {}
