using FramedSockets.Fuzz.Engine;

namespace FramedSockets.Fuzz.Tests;

/// <summary>The engine by itself, with a target that fails on a certain byte.</summary>
public sealed class EngineTests
{
    [Fact]
    public void A_failing_input_is_made_as_short_and_plain_as_it_can_be()
    {
        byte[] input = [1, 2, 3, BadTarget.Bad, 5, 6];
        var kind = Execution.KindOf(Execution.Run(new BadTarget(), input)!);
        Assert.Equal([BadTarget.Bad], Minimizer.Minimize(shorter => Execution.Run(new BadTarget(), shorter), input, kind));
    }

    [Fact]
    public void A_campaign_finds_one_kind_of_failure_once()
    {
        var campaign = new Campaign(new BadTarget(), edges: 1, seed: 1);
        campaign.Run(TimeSpan.FromMinutes(1), [[0], [BadTarget.Bad], [BadTarget.Bad, 0]], stopAtFirst: true);
        Assert.Equal([BadTarget.Bad], Assert.Single(campaign.Crashes).Input);
    }

    [Fact]
    public void A_count_of_another_magnitude_is_new_and_the_same_one_is_not()
    {
        var map = new CoverageMap(edges: 3);
        Assert.True(map.Add([0, 1, 0, 0, 0, 0, 0, 0]));
        Assert.False(map.Add([0, 1, 0, 0, 0, 0, 0, 0]));
        Assert.True(map.Add([0, 2, 0, 0, 0, 0, 0, 0]));
        Assert.False(map.Add([0, 3, 0, 0, 0, 0, 0, 0]));
        Assert.Equal(1, map.Edges);
    }

    [Fact]
    public void A_crash_is_read_again_as_it_was_saved()
    {
        var folder = Directory.CreateTempSubdirectory("fuzz").FullName;
        try
        {
            var crash = new Crash("json", [0, 255], "It failed.\nHere.");
            crash.Save(folder);
            Assert.Equal("json", Crash.TargetOf(crash.FileName));
            Assert.Equal([0, 255], Assert.Single(Corpus.Read(Path.Combine(folder, crash.FileName))));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private sealed class BadTarget : IFuzzTarget
    {
        public const byte Bad = 7;

        public string Name => "bad";

        public IReadOnlyList<byte[]> Tokens => [];

        public byte[] Generate(Random random) => [(byte)random.Next(256)];

        public void Run(ReadOnlySpan<byte> input) => FuzzFailureException.Require(!input.Contains(Bad), "bad byte");
    }
}
