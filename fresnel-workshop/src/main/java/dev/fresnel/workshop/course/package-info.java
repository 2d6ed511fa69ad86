/**
 * The workshop's one source, and what is made from it: notebooks, a Maven project, and the checks
 * of a learner's folder.
 */
@NullMarked
package dev.fresnel.workshop.course;

import org.jspecify.annotations.NullMarked;
