@org.jspecify.annotations.NullMarked
package dev.sandbar.crds.v1alpha1;
