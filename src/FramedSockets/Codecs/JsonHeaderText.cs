using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace FramedSockets.Codecs;

/// <summary>
/// The JSON text of a header and the header itself, both ways. A flat text is scanned once, and a plain struct is made from
/// what the scan found; everything else is judged by the strict scanner and made by the serializer.
/// </summary>
internal sealed class JsonHeaderText<[DynamicallyAccessedMembers(JsonMemberTable<int>.Reached)] THeader>
{
    private readonly JsonTypeInfo<THeader> _type;
    private readonly byte[][] _names;
    private readonly byte[] _lengthName;
    private readonly int _length;
    private readonly long _maxLength;
    private readonly bool _isFlat;
    private readonly JsonMemberTable<THeader>? _members;
    private JsonHeaderScratch? _scratch;

    /// <summary>Creates the text of a header type.</summary>
    /// <param name="type">The type.</param>
    /// <param name="lengthMember">The member that says the body's length; <see langword="null"/> where none does.</param>
    public JsonHeaderText(JsonTypeInfo<THeader> type, string? lengthMember)
    {
        _type = JsonHeaderType.InExactCase(type);
        _length = lengthMember is null ? -1 : JsonHeaderType.FindLength(_type, lengthMember);
        _maxLength = lengthMember is null ? long.MaxValue : JsonHeaderType.MaxOf(_type.Properties[_length].PropertyType);
        _lengthName = Encoding.UTF8.GetBytes(lengthMember ?? "");
        var names = _type.Properties.Select(p => p.Name).ToArray();
        _isFlat = names.Length <= JsonMemberTable<THeader>.MaxCount && names.All(JsonFlatScanner.IsPlain);
        _names = _isFlat ? [.. names.Select(name => Encoding.ASCII.GetBytes($"\"{name}\""))] : [];
        _members = _isFlat ? JsonMemberTable<THeader>.TryCreate(_type, _length) : null;
    }

    /// <summary>Reads a header.</summary>
    /// <param name="json">The text, whole.</param>
    /// <param name="header">The header.</param>
    /// <param name="bodyLength">The body's length, where a member says it.</param>
    /// <returns>A refusal, or the default value.</returns>
    [SkipLocalsInit]
    public HeaderDecodeResult Decode(ReadOnlySpan<byte> json, out THeader header, out long bodyLength)
    {
        Unsafe.SkipInit(out FieldBlock block);
        var fields = ((Span<JsonField>)block)[..(_names.Length + JsonFlatScanner.MaxUnknown)];
        fields[.._names.Length].Clear();
        if (!_isFlat || !JsonFlatScanner.TryScan(json, _names, fields))
        {
            return DecodeStrictly(json, out header, out bodyLength);
        }

        bodyLength = 0;
        if (_length >= 0)
        {
            ref var length = ref fields[_length];
            if (!length.IsLength(json))
            {
                header = default!;
                return RefuseLength(length);
            }

            bodyLength = length.Number;
        }

        return _members is not null && _members.TryRead(json, fields, out header) ? default : Deserialize(json, out header);
    }

    /// <summary>Writes a header behind some bytes that are left free.</summary>
    /// <param name="header">The header; what its length member says does not matter.</param>
    /// <param name="context">The limits, and the length to write.</param>
    /// <param name="free">The bytes to leave free.</param>
    /// <param name="output">Where it goes; not advanced.</param>
    /// <param name="target">The free bytes, and the text behind them.</param>
    /// <returns>The text's bytes.</returns>
    /// <exception cref="FramedSocketException">The header cannot be said.</exception>
    public int Encode(in THeader header, in HeaderEncodeContext context, int free, IBufferWriter<byte> output, out Span<byte> target)
    {
        CheckBodyLength(context.BodyLength);
        target = default;
        var written = _members is null
            ? JsonMember<THeader>.NotPlain
            : WriteMembers(_members, header, context, free, output, out target);
        if (written == JsonMember<THeader>.NotPlain)
        {
            written = Serialize(header, context, free, output, out target);
        }

        return written <= context.Limits.MaxHeaderLength ? written : throw TooLong(written, context.Limits);
    }

    private HeaderDecodeResult DecodeStrictly(ReadOnlySpan<byte> json, out THeader header, out long bodyLength)
    {
        header = default!;
        bodyLength = 0;
        var result = JsonStrictScanner.Scan(json, _lengthName, out var length);
        if (result.IsCorrupt)
        {
            return result;
        }

        if (_length >= 0)
        {
            if (!length.IsLength(json))
            {
                return RefuseLength(length);
            }

            bodyLength = length.Number;
        }

        return Deserialize(json, out header);
    }

    private HeaderDecodeResult Deserialize(ReadOnlySpan<byte> json, out THeader header)
    {
        header = default!;
        try
        {
            header = JsonSerializer.Deserialize(json, _type)!;
            return default;
        }
        catch (JsonException e)
        {
            // Its message quotes the peer's bytes, so it goes no further.
            return HeaderDecodeResult.Corrupt(
                FramedSocketError.MalformedHeader, "The header is not what its type asks for, at byte", JsonHeaderType.PositionOf(e, json));
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return HeaderDecodeResult.Corrupt(
                FramedSocketError.MalformedHeader, $"The header could not be made: the serializer failed with {e.GetType().Name}");
        }
    }

    private static int WriteMembers(
        JsonMemberTable<THeader> members, in THeader header, in HeaderEncodeContext context, int free, IBufferWriter<byte> output, out Span<byte> target)
    {
        for (var size = free + members.Overhead; ; size = 2 * target.Length)
        {
            target = output.GetSpan(size);
            var written = members.TryWrite(header, context.BodyLength, target[free..]);
            if (written != JsonMember<THeader>.NoRoom)
            {
                return written;
            }

            if (target.Length - free > context.Limits.MaxHeaderLength)
            {
                throw TooLong(target.Length - free, context.Limits);
            }
        }
    }

    private int Serialize(in THeader header, in HeaderEncodeContext context, int free, IBufferWriter<byte> output, out Span<byte> target)
    {
        // Taken and put back, so that two threads never share one; where two meet, one makes its own.
        var scratch = Interlocked.Exchange(ref _scratch, null) ?? new(_type.Options.Encoder);
        var json = scratch.Serialize(header, _type);
        var length = FindLength(json);
        Span<byte> digits = stackalloc byte[20];
        _ = context.BodyLength.TryFormat(digits, out var count, default, CultureInfo.InvariantCulture);
        digits = digits[..(_length < 0 ? 0 : count)];
        var written = json.Length - (length.End - length.Start) + digits.Length;
        target = output.GetSpan(free + written);
        json[..length.Start].CopyTo(target[free..]);
        digits.CopyTo(target[(free + length.Start)..]);
        json[length.End..].CopyTo(target[(free + length.Start + digits.Length)..]);
        if (scratch.IsWorthKeeping)
        {
            Volatile.Write(ref _scratch, scratch);
        }

        return written;
    }

    /// <summary>Finds the number to write over in what the serializer wrote, which is held to the same rules as what is received.</summary>
    private JsonField FindLength(ReadOnlySpan<byte> json)
    {
        var result = JsonStrictScanner.Scan(json, _lengthName, out var length);
        if (result.IsCorrupt)
        {
            throw result.ToException();
        }

        return _length < 0 || length.Kind is JsonFieldKind.Integer or JsonFieldKind.Number ? length : throw new FramedSocketException(
            FramedSocketError.MalformedHeader, "The serializer did not write the member that says the body's length as a number.");
    }

    private void CheckBodyLength(long bodyLength)
    {
        if (bodyLength < 0)
        {
            throw new FramedSocketException(
                FramedSocketError.UnframeableBody, "This framing says a body's length first: a body whose length is not known cannot be sent.");
        }

        if (bodyLength > _maxLength)
        {
            throw new FramedSocketException(
                FramedSocketError.BodyTooLong, $"The body has {bodyLength} bytes; the most that the header's length member can say is {_maxLength}.");
        }
    }

    private static HeaderDecodeResult RefuseLength(in JsonField length) => length.Kind == JsonFieldKind.None
        ? HeaderDecodeResult.Corrupt(FramedSocketError.MalformedHeader, "The header lacks the member that says the body's length")
        : HeaderDecodeResult.Corrupt(
            FramedSocketError.MalformedHeader, $"The body's length is not plain digits from 0 to {long.MaxValue}, at the header's byte", length.Start);

    private static FramedSocketException TooLong(long length, FrameLimits limits) => new(
        FramedSocketError.HeaderTooLong, $"The header has {length} bytes or more, over the limit of {limits.MaxHeaderLength}.");

    [InlineArray(JsonMemberTable<THeader>.MaxCount + JsonFlatScanner.MaxUnknown)]
    private struct FieldBlock
    {
        private JsonField _first;
    }
}
