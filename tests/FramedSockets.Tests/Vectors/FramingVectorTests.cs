using FramedSockets.Tests.Codecs;

namespace FramedSockets.Tests.Vectors;

/// <summary>Each vector whole, cut in two everywhere, byte by byte, and as a slice that ends where a segment ends.</summary>
public sealed class FramingVectorTests
{
    public static TheoryData<int, string> Vectors
    {
        get
        {
            var data = new TheoryData<int, string>();
            for (var i = 0; i < FramingVector.All.Count; i++)
            {
                data.Add(i, FramingVector.All[i].Name);
            }

            return data;
        }
    }

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
