using FramedSockets.Tests.Codecs;

namespace FramedSockets.Tests.Vectors;

/// <summary>Each vector whole, cut in two everywhere, byte by byte, and as a slice that ends where a segment ends.</summary>
public sealed class FramingVectorTests
{
    public static TheoryData<int, string> Vectors => Where(_ => true);

    public static TheoryData<int, string> JsonVectors => Where(vector => VectorFramings.TypedOf(vector.Codec) is not null);

    [Theory]
    [MemberData(nameof(Vectors))]
    public void A_vector_in_memory_gives_its_frames(int index, string name)
    {
        var (vector, framing, expected) = Get(index, name);
        Assert.Equal(expected, framing.Decode(new(vector.Wire)));
        AssertInSegments(framing, expected, Splits.InBytes(vector.Wire));
        foreach (var parts in Splits.InTwo(vector.Wire))
        {
            AssertInSegments(framing, expected, parts);
        }
    }

    [Theory]
    [MemberData(nameof(Vectors))]
    public async Task A_vector_through_a_pipe_gives_its_frames(int index, string name)
    {
        var (vector, framing, expected) = Get(index, name);
        Assert.Equal(expected, await framing.DecodeAsync([vector.Wire]));
        Assert.Equal(expected, await framing.DecodeAsync(Splits.InBytes(vector.Wire)));
        foreach (var parts in Splits.InTwo(vector.Wire))
        {
            Assert.Equal(expected, await framing.DecodeAsync(parts));
        }
    }

    [Theory]
    [MemberData(nameof(JsonVectors))]
    public void A_vector_whose_headers_have_a_type_gives_its_frames(int index, string name)
    {
        var (vector, _, expected) = Get(index, name);
        AssertInSegments(VectorFramings.TypedOf(vector.Codec)!, expected, Splits.InBytes(vector.Wire));
    }

    [Theory]
    [MemberData(nameof(Vectors))]
    public void The_frames_of_a_vector_can_be_sent_again(int index, string name)
    {
        var (vector, framing, expected) = Get(index, name);
        var again = framing.EncodeAgain(vector.Wire);
        if (VectorFramings.IsCanonical(vector.Codec))
        {
            Assert.True(vector.Wire.AsSpan().StartsWith(again));
        }

        Assert.Equal(vector.Frames.Select(frame => frame.Body), framing.Decode(new(again)).Split(']')[..^1].Select(frame => frame.Split(' ')[^1]));
        Assert.True(vector.Error is not null || expected.EndsWith("end", StringComparison.Ordinal));
    }

    [Fact]
    public void There_are_vectors() => Assert.NotEmpty(FramingVector.All);

    private static TheoryData<int, string> Where(Func<FramingVector, bool> isMeant)
    {
        var data = new TheoryData<int, string>();
        foreach (var (vector, index) in FramingVector.All.Select((vector, index) => (vector, index)).Where(pair => isMeant(pair.vector)))
        {
            data.Add(index, vector.Name);
        }

        return data;
    }

    private static (FramingVector Vector, IVectorFraming Framing, string Expected) Get(int index, string name)
    {
        var vector = FramingVector.All[index];
        Assert.Equal(name, vector.Name);
        var framing = VectorFramings.Of(vector.Codec);
        return (vector, framing, framing.Expect(vector));
    }

    private static void AssertInSegments(IVectorFraming framing, string expected, ReadOnlyMemory<byte>[] parts)
    {
        var segments = new GuardedSegments();
        Assert.Equal(expected, framing.Decode(segments.Of(parts)));
        Assert.Equal(expected, framing.Decode(segments.FollowedByAnother(parts)));
        segments.AssertGuards();
    }
}
