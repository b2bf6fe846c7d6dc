/** How this process reaches servers. */
@NullMarked
package dev.sandbar.source.net;

import org.jspecify.annotations.NullMarked;
