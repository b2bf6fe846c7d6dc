/** Does for apps what they may ask of the agent and may not do themselves, one verb at a time. */
@NullMarked
package dev.sandbar.device.broker;

import org.jspecify.annotations.NullMarked;
