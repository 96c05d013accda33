using System.Reflection;
using Xunit.Sdk;

namespace FramedSockets.Tests.Support;

/// <summary>After each test, no <see cref="CheckedPool"/> of it may miss a buffer, or have got one back twice.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
internal sealed class BuffersReturnedAttribute : BeforeAfterTestAttribute
{
    public override void Before(MethodInfo methodUnderTest) => CheckedPool.Begin();

    public override void After(MethodInfo methodUnderTest) => CheckedPool.EnsureAllReturnedAsync().GetAwaiter().GetResult();
}
