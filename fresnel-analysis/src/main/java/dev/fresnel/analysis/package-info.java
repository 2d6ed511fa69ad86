/** Analyses: they take a run and give records of Java values; native memory ends here. */
@NullMarked
package dev.fresnel.analysis;

import org.jspecify.annotations.NullMarked;
