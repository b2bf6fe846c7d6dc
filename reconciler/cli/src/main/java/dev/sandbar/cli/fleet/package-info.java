/**
 * The fleet as its API server shows it: fetching, and the views of what was fetched. Nothing
 * outside loads the client of the API server; types that name it stay behind {@link
 * dev.sandbar.cli.fleet.Fleet}.
 */
@NullMarked
package dev.sandbar.cli.fleet;

import org.jspecify.annotations.NullMarked;
