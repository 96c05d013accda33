using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;

namespace FramedSockets.Codecs;

/// <summary>
/// A JSON header that is not made into anything: its bytes, and a look at single members, for routers and proxies. A value:
/// up to <see cref="InlineLength"/> bytes lie in itself, so that it is safe to keep and costs no allocation; a longer one has
/// an array of its own.
/// </summary>
/// <remarks>
/// Each look reads the text up to the member. Names are compared unescaped and in exact case; only members of the object
/// itself are looked at. Where a name is there twice, which <see cref="JsonHeaderCodec{THeader}"/> refuses and
/// <see cref="SizedJsonCodec{THeader}"/> does not look for, the first one counts.
/// </remarks>
public readonly struct JsonHeaderView : IEquatable<JsonHeaderView>
{
    /// <summary>The bytes that lie in the value itself.</summary>
    public const int InlineLength = 112;

    private readonly Block _inline;
    private readonly byte[]? _array;
    private readonly int _length;

    /// <summary>Creates a view of a header to be sent.</summary>
    /// <param name="json">
    /// The JSON text, in UTF-8. It is copied. With <see cref="JsonViews.WithLength"/> it is checked when it is sent; with
    /// <see cref="JsonViews.Sized"/> it is sent as it is, and need only not be empty.
    /// </param>
    public JsonHeaderView(ReadOnlySpan<byte> json)
    {
        _length = json.Length;
        if (json.Length <= InlineLength)
        {
            json.CopyTo(_inline);
        }
        else
        {
            _array = json.ToArray();
        }
    }

    /// <summary>The JSON text.</summary>
    [UnscopedRef]
    public ReadOnlySpan<byte> Bytes => _array is null ? _inline[.._length] : _array;

    /// <summary>Whether two views hold the same bytes.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    /// <returns><see langword="true"/> when they do.</returns>
    public static bool operator ==(in JsonHeaderView left, in JsonHeaderView right) => left.Equals(right);

    /// <summary>Whether two views differ.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    /// <returns><see langword="true"/> when they do.</returns>
    public static bool operator !=(in JsonHeaderView left, in JsonHeaderView right) => !left.Equals(right);

    /// <summary>Looks for a whole number.</summary>
    /// <param name="name">The member's name, in UTF-8.</param>
    /// <param name="value">The number.</param>
    /// <returns><see langword="false"/> when the member is not there, or is no number of that range.</returns>
    /// <exception cref="FramedSocketException">The header is not strict JSON up to there.</exception>
    public bool TryGetInt64(ReadOnlySpan<byte> name, out long value)
    {
        var reader = Begin();
        value = 0;
        return TryFind(ref reader, name) && reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out value);
    }

    /// <summary>Looks for a truth value.</summary>
    /// <param name="name">The member's name, in UTF-8.</param>
    /// <param name="value">The value.</param>
    /// <returns><see langword="false"/> when the member is not there, or is no truth value.</returns>
    /// <exception cref="FramedSocketException">The header is not strict JSON up to there.</exception>
    public bool TryGetBoolean(ReadOnlySpan<byte> name, out bool value)
    {
        var reader = Begin();
        var isFound = TryFind(ref reader, name) && reader.TokenType is JsonTokenType.True or JsonTokenType.False;
        value = isFound && reader.TokenType == JsonTokenType.True;
        return isFound;
    }

    /// <summary>Looks for a text, and allocates it.</summary>
    /// <param name="name">The member's name, in UTF-8.</param>
    /// <param name="value">The text.</param>
    /// <returns><see langword="false"/> when the member is not there, or is no text.</returns>
    /// <exception cref="FramedSocketException">The header is not strict JSON up to there.</exception>
    public bool TryGetString(ReadOnlySpan<byte> name, [NotNullWhen(true)] out string? value)
    {
        var reader = Begin();
        var isFound = TryFind(ref reader, name) && reader.TokenType == JsonTokenType.String;
        try
        {
            value = isFound ? reader.GetString() : null;
            return value is not null;
        }
        catch (InvalidOperationException)
        {
            throw Malformed(reader.TokenStartIndex);
        }
    }

    /// <summary>Whether a member is a certain text, without an allocation.</summary>
    /// <param name="name">The member's name, in UTF-8.</param>
    /// <param name="text">The text, in UTF-8.</param>
    /// <returns><see langword="false"/> when the member is not there, or is something else.</returns>
    /// <exception cref="FramedSocketException">The header is not strict JSON up to there.</exception>
    public bool IsText(ReadOnlySpan<byte> name, ReadOnlySpan<byte> text)
    {
        var reader = Begin();
        try
        {
            return TryFind(ref reader, name) && reader.TokenType == JsonTokenType.String && reader.ValueTextEquals(text);
        }
        catch (InvalidOperationException)
        {
            throw Malformed(reader.TokenStartIndex);
        }
    }

    /// <inheritdoc/>
    public bool Equals(JsonHeaderView other) => Bytes.SequenceEqual(other.Bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is JsonHeaderView other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(Bytes);
        return hash.ToHashCode();
    }

    /// <summary>The text as it stands. It comes from the peer: do not log it.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => Encoding.UTF8.GetString(Bytes);

    [UnscopedRef]
    private Utf8JsonReader Begin() => new(Bytes, new JsonReaderOptions { MaxDepth = JsonStrictScanner.MaxDepth });

    /// <summary>Moves to the value of a member; <see langword="false"/> where it is not there.</summary>
    private static bool TryFind(ref Utf8JsonReader reader, ReadOnlySpan<byte> name)
    {
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                throw Malformed(reader.TokenStartIndex);
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isFound = reader.ValueTextEquals(name);
                _ = reader.Read();
                if (isFound)
                {
                    return true;
                }

                reader.Skip();
            }

            return false;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Not JSON, or half a surrogate pair in a name. The message quotes the peer's bytes, so it goes no further.
            throw Malformed(reader.BytesConsumed);
        }
    }

    private static FramedSocketException Malformed(long position) =>
        new(FramedSocketError.MalformedHeader, $"The header is not one strict JSON object from this byte on: {position}.");

    [InlineArray(InlineLength)]
    private struct Block
    {
        private byte _first;
    }
}
