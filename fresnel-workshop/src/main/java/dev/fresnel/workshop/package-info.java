/**
 * The induction-heads workshop as a learner's code sees it: an exercise that is not written yet,
 * its check, and what the check found.
 */
@NullMarked
package dev.fresnel.workshop;

import org.jspecify.annotations.NullMarked;
