/**
 * The one table of permissions: what each opens and what withholding it closes, as points of one
 * lattice.
 */
@NullMarked
package dev.sandbar.core.catalog;

import org.jspecify.annotations.NullMarked;
