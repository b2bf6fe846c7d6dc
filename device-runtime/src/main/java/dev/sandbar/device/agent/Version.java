package dev.sandbar.device.agent;

import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Sha256;

/**
 * One version of an app, complete enough to compile it again without its source.
 *
 * @param manifest the object as it was declared
 * @param generation of the unit that it compiled to
 * @param revision of the source that declared it
 */
record Version(Node manifest, Sha256 generation, String revision) {}
