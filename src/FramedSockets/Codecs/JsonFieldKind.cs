namespace FramedSockets.Codecs;

/// <summary>What the value of a member of a JSON object is.</summary>
internal enum JsonFieldKind
{
    /// <summary>The member is not there.</summary>
    None,

    /// <summary>Plain digits, and perhaps a sign, within the range of <see cref="long"/>.</summary>
    Integer,

    /// <summary>A number of another form.</summary>
    Number,

    /// <summary>Text in ASCII, without escapes.</summary>
    Text,

    /// <summary><see langword="true"/>.</summary>
    True,

    /// <summary><see langword="false"/>.</summary>
    False,

    /// <summary><see langword="null"/>, or a value that the flat scanner does not take.</summary>
    Other,
}
