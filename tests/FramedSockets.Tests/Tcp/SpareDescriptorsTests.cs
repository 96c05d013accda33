using FramedSockets.Tcp;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Tcp;

/// <summary>A process without a descriptor is another test: R08 of tests/FramedSockets.Faults.</summary>
public sealed class SpareDescriptorsTests
{
    [NeedsFact(Need.Linux)]
    public void They_are_given_up_and_taken_back()
    {
        using var spare = new SpareDescriptors();
        Assert.Equal(0, spare.Count);
        for (var round = 0; round < 3; round++)
        {
            Assert.True(spare.TryHold());
            Assert.True(spare.TryHold());
            Assert.Equal(32, spare.Count);
            spare.Dispose();
            Assert.Equal(0, spare.Count);
        }
    }

    [NeedsTheory(Need.Linux)]
    [InlineData("no/such/file")]
    [InlineData("/")]
    [InlineData("/proc/self/mem/none")]
    public void A_system_that_has_nothing_to_open_is_served_without(string path)
    {
        using var spare = new SpareDescriptors(path);
        for (var round = 0; round < 3; round++)
        {
            Assert.True(spare.TryHold());
            Assert.Equal(0, spare.Count);
        }
    }
}
