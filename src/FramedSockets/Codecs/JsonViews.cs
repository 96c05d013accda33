namespace FramedSockets.Codecs;

/// <summary>The two JSON wires for those who pass frames on: their headers are views of the text.</summary>
public static class JsonViews
{
    /// <summary>The wire of <see cref="JsonHeaderCodec{THeader}"/>. The text is checked whole, since a member of it says the body's length.</summary>
    /// <param name="lengthMember">The name, in JSON, of the member that says the body's length; it is filled in when a header is sent.</param>
    /// <param name="byteOrder">The order of the four bytes before the header; <see cref="ByteOrder.LittleEndian"/> by default.</param>
    /// <returns>The codec.</returns>
    /// <exception cref="ArgumentException"><paramref name="lengthMember"/> is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="byteOrder"/> is none of those named.</exception>
    public static JsonHeaderCodec<JsonHeaderView> WithLength(string lengthMember, ByteOrder byteOrder = ByteOrder.LittleEndian)
    {
        ArgumentException.ThrowIfNullOrEmpty(lengthMember);
        return new(new JsonViewText(lengthMember), byteOrder);
    }

    /// <summary>The wire of <see cref="SizedJsonCodec{THeader}"/>. The text is not looked at: what is wrong with it shows at the first look.</summary>
    /// <param name="byteOrder">The order of the bytes of both lengths; <see cref="ByteOrder.LittleEndian"/> by default.</param>
    /// <returns>The codec.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="byteOrder"/> is none of those named.</exception>
    public static SizedJsonCodec<JsonHeaderView> Sized(ByteOrder byteOrder = ByteOrder.LittleEndian) =>
        new(new JsonViewText(lengthMember: null), byteOrder);
}
