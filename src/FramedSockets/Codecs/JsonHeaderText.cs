using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace FramedSockets.Codecs;

/// <summary>
/// The JSON text of a header and the header itself, both ways. A flat text is scanned once, and a plain struct is made from
/// what the scan found; everything else is judged by the strict scanner and made by the serializer.
/// </summary>
internal sealed class JsonHeaderText<[DynamicallyAccessedMembers(JsonMemberTable<int>.Reached)] THeader> : IJsonHeaderText<THeader>
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
        _type.MakeReadOnly();
        _length = lengthMember is null ? -1 : JsonHeaderType.FindLength(_type, lengthMember);
        _maxLength = lengthMember is null ? long.MaxValue : JsonHeaderType.MaxOf(_type.Properties[_length].PropertyType);
        _lengthName = Encoding.UTF8.GetBytes(lengthMember ?? "");
        var names = _type.Properties.Select(p => p.Name).ToArray();
        _isFlat = names.Length <= JsonMemberTable<THeader>.MaxCount && names.All(JsonFlatScanner.IsPlain);
        _names = _isFlat ? [.. names.Select(JsonFlatScanner.Quote)] : [];
        _members = _isFlat ? JsonMemberTable<THeader>.TryCreate(_type, _length) : null;
    }

    /// <inheritdoc/>
    [SkipLocalsInit]
    public HeaderDecodeResult Decode(ReadOnlySpan<byte> json, out THeader header, out long bodyLength)
    {
        Unsafe.SkipInit(out FieldBlock block);
        var fields = ((Span<JsonField>)block)[..(_names.Length + JsonFlatScanner.MaxUnknown)];
        foreach (ref var field in fields[.._names.Length])
        {
            field.Kind = JsonFieldKind.None;
        }

        if (!_isFlat || !JsonFlatScanner.TryScan(json, _names, fields))
        {
            return DecodeStrictly(json, out header, out bodyLength);
        }

        bodyLength = 0;
        if (_length >= 0)
        {
            ref var length = ref fields[_length];
            if (!length.IsUnsigned(json))
            {
                header = default!;
                return JsonLength.Refuse(length);
            }

            bodyLength = length.Number;
        }

        return _members is not null && _members.TryRead(json, fields, out header) ? default : Deserialize(json, out header);
    }

    /// <inheritdoc/>
    public int Encode(in THeader header, in HeaderEncodeContext context, int free, IBufferWriter<byte> output, out Span<byte> target)
    {
        _ = BodyLengths.Checked(context.BodyLength, _maxLength);
        target = default;
        var written = _members is null
            ? JsonMember<THeader>.NotPlain
            : WriteMembers(_members, header, context, free, output, out target);
        if (written == JsonMember<THeader>.NotPlain)
        {
            written = Serialize(header, context, free, output, out target);
        }

        return written <= context.Limits.MaxHeaderLength ? written : throw JsonLength.TooLong(written, context.Limits);
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
            if (!length.IsUnsigned(json))
            {
                return JsonLength.Refuse(length);
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
                throw JsonLength.TooLong(target.Length - free, context.Limits);
            }
        }
    }

    private int Serialize(in THeader header, in HeaderEncodeContext context, int free, IBufferWriter<byte> output, out Span<byte> target)
    {
        // Taken and put back, so that two threads never share one; where two meet, one makes its own.
        var scratch = Interlocked.Exchange(ref _scratch, null) ?? new(_type.Options.Encoder);
        var json = scratch.Serialize(header, _type);
        var written = JsonLength.Write(json, FindLength(json), context, free, output, out target);
        if (scratch.IsWorthKeeping)
        {
            Volatile.Write(ref _scratch, scratch);
        }

        return written;
    }

    private JsonField FindLength(ReadOnlySpan<byte> json)
    {
        var fields = new FieldBlock();
        return _isFlat && JsonFlatScanner.TryScan(json, _names, fields) && (_length < 0 || fields[_length].Kind == JsonFieldKind.Integer)
            ? _length < 0 ? default : fields[_length]
            : JsonLength.Find(json, _lengthName);
    }

    [InlineArray(JsonMemberTable<THeader>.MaxCount + JsonFlatScanner.MaxUnknown)]
    private struct FieldBlock
    {
        private JsonField _first;
    }
}
