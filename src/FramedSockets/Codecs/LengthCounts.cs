namespace FramedSockets.Codecs;

/// <summary>What the length of a <see cref="LengthFieldCodec"/> counts.</summary>
public enum LengthCounts
{
    /// <summary>Everything that follows it: the bytes after it and the body.</summary>
    WhatFollows,

    /// <summary>The body alone.</summary>
    Body,

    /// <summary>Itself and everything that follows it.</summary>
    ItselfAndWhatFollows,

    /// <summary>The whole frame, the bytes before it included.</summary>
    WholeFrame,
}
